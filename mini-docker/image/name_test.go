package image

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const hex64 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestParseNameFillsInWhatIsLeftOut(t *testing.T) {
	for given, want := range map[string]struct{ full, familiar string }{
		"box":                    {DefaultRegistry + "/library/box:latest", "box:latest"},
		"box:1.0":                {DefaultRegistry + "/library/box:1.0", "box:1.0"},
		"library/box":            {DefaultRegistry + "/library/box:latest", "box:latest"},
		DefaultRegistry + "/box": {DefaultRegistry + "/library/box:latest", "box:latest"},
		"index." + DefaultRegistry + "/library/box": {DefaultRegistry + "/library/box:latest", "box:latest"},
		"mini/box":                           {DefaultRegistry + "/mini/box:latest", "mini/box:latest"},
		"library/box/x":                      {DefaultRegistry + "/library/box/x:latest", "library/box/x:latest"},
		"localhost/box":                      {"localhost/box:latest", "localhost/box:latest"},
		"registry:5000/box:2":                {"registry:5000/box:2", "registry:5000/box:2"},
		"example.com/a/b__c/d--e":            {"example.com/a/b__c/d--e:latest", "example.com/a/b__c/d--e:latest"},
		"MyHost/box":                         {"MyHost/box:latest", "MyHost/box:latest"},
		"[::1]:5000/box":                     {"[::1]:5000/box:latest", "[::1]:5000/box:latest"},
		"box@sha256:" + hex64:                {DefaultRegistry + "/library/box@sha256:" + hex64, "box@sha256:" + hex64},
		"box:1@sha256:" + hex64:              {DefaultRegistry + "/library/box:1@sha256:" + hex64, "box:1@sha256:" + hex64},
		"box:" + strings.Repeat("T", maxTag): {DefaultRegistry + "/library/box:" + strings.Repeat("T", maxTag), "box:" + strings.Repeat("T", maxTag)},
	} {
		got, err := ParseName(given)
		if err != nil {
			t.Errorf("ParseName(%q): %v", given, err)
			continue
		}
		if got.String() != want.full || got.Familiar() != want.familiar {
			t.Errorf("ParseName(%q) = %s, familiar %s; want %s, %s", given, got, got.Familiar(), want.full, want.familiar)
		}
	}
}

func TestParseNameRefusesInDockersWords(t *testing.T) {
	for given, want := range map[string]string{
		"":                                     "invalid reference format",
		"Box":                                  "invalid reference format: repository name (library/Box) must be lowercase",
		"mini/Box:x":                           "invalid reference format: repository name (mini/Box) must be lowercase",
		"box:":                                 "invalid reference format",
		"box:-x":                               "invalid reference format",
		"box:a/b":                              "invalid reference format",
		":latest":                              "invalid reference format",
		"-box":                                 "invalid reference format",
		"box-":                                 "invalid reference format",
		"a..b":                                 "invalid reference format",
		"a___b":                                "invalid reference format",
		"a//b":                                 "invalid reference format",
		"/a":                                   "invalid reference format",
		"a/":                                   "invalid reference format",
		"../etc/passwd":                        "invalid reference format",
		"host:port/box":                        "invalid reference format",
		"ho_st.example/box":                    "invalid reference format",
		"-a.example/box":                       "invalid reference format",
		"[::1/box":                             "invalid reference format",
		"box latest":                           "invalid reference format",
		"boxé":                                 "invalid reference format",
		hex64:                                  "invalid repository name (" + hex64 + "), cannot specify 64-byte hexadecimal strings",
		"box@sha256:0123":                      "invalid reference format",
		"box@sha256:" + hex64[1:]:              "invalid checksum digest length",
		"box@md5:" + hex64[:32]:                "unsupported digest algorithm",
		"box:" + strings.Repeat("t", maxTag+1): "invalid reference format",
		"box/" + strings.Repeat("r", maxRepository): "repository name must not be more than 255 characters",
		"box@sha256:" + strings.ToUpper(hex64):      "invalid checksum digest format",
	} {
		_, err := ParseName(given)
		if err == nil || err.Error() != want || !errors.Is(err, ErrInvalidName) {
			t.Errorf("ParseName(%q): error %v, want %s", given, err, want)
		}
	}
}

// Whatever parses has a full and a familiar form that mean the same.
func FuzzParseName(f *testing.F) {
	for _, seed := range []string{"box", "mini/box:1", "localhost:5000/a/b@sha256:" + hex64, "[::1]/a", "A.b/c", "library/library/x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, err := ParseName(s)
		if err != nil {
			if !errors.Is(err, ErrInvalidName) {
				t.Fatalf("error %v does not wrap ErrInvalidName", err)
			}
			return
		}
		for _, form := range []string{name.String(), name.Familiar()} {
			again, err := ParseName(form)
			if err != nil || again != name {
				t.Fatalf("ParseName(%q) = %+v, but its form %q gives %+v, %v", s, name, form, again, err)
			}
		}
	})
}

func ExampleParseName() {
	name, err := ParseName("library/alpine")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(name.Familiar(), name.Registry == DefaultRegistry)
	// Output: alpine:latest true
}
