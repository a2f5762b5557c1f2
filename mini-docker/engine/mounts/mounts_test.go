package mounts

import (
	"reflect"
	"strings"
	"testing"
)

func TestVolumesAsDockerWritesThem(t *testing.T) {
	for text, want := range map[string]Request{
		"/dst":                  {Type: Volume, Target: "/dst", Short: true},
		"/src:/dst":             {Type: Bind, Source: "/src", Target: "/dst", Short: true, MakeSource: true},
		"data:/dst":             {Type: Volume, Source: "data", Target: "/dst", Short: true},
		"data:/dst:ro,nocopy":   {Type: Volume, Source: "data", Target: "/dst", Short: true, Mode: "ro,nocopy", ReadOnly: true, NoCopy: true},
		"/src:/dst:":            {Type: Bind, Source: "/src", Target: "/dst", Short: true, MakeSource: true},
		"/src:/dst:rslave,rw":   {Type: Bind, Source: "/src", Target: "/dst", Short: true, MakeSource: true, Mode: "rslave,rw", Propagation: "rslave"},
		"/src:/dst:ro,cached":   {Type: Bind, Source: "/src", Target: "/dst", Short: true, MakeSource: true, Mode: "ro,cached", ReadOnly: true},
		"/src/../x:/dst/./file": {Type: Bind, Source: "/src/../x", Target: "/dst/./file", Short: true, MakeSource: true},
	} {
		if got, err := ParseVolume(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", text, got, err, want)
		}
	}
}

func TestVolumesThatCannotBeMeant(t *testing.T) {
	for text, want := range map[string]string{
		"":              "invalid volume specification: ''",
		":/dst":         "invalid volume specification: ':/dst'",
		"/src:":         "invalid volume specification: '/src:'",
		"/dst:ro":       "invalid volume specification: '/dst:ro'",
		"/a:/b:ro:x":    "invalid volume specification: '/a:/b:ro:x'",
		"/a:/b:ro,rw":   "invalid mode: ro,rw",
		"/a:/b:rx":      "invalid mode: rx",
		"/a:/b:z":       "SELinux are not supported yet",
		"/a:/b:rshared": "rshared is not supported yet",
		"data:/b:slave": `for type "volume": field BindOptions`,
		"/a:/b:nocopy":  `for type "bind": field VolumeOptions`,
		"/a:b":          "invalid mount path: 'b' mount path must be absolute",
		"/a:/b/..":      "destination can't be '/'",
		"/":             "destination can't be '/'",
		"dst":           "'dst' mount path must be absolute",
	} {
		if _, err := ParseVolume(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func TestMountsAsDockerWritesThem(t *testing.T) {
	for text, want := range map[string]Request{
		"dst=/d":                                  {Type: Volume, Target: "/d"},
		"type=bind,src=/s,target=/d,readonly":     {Type: Bind, Source: "/s", Target: "/d", ReadOnly: true},
		"TYPE=BIND,source=/s,destination=/d,ro=0": {Type: Bind, Source: "/s", Target: "/d"},
		`type=bind,"source=/s,1",dst=/d`:          {Type: Bind, Source: "/s,1", Target: "/d"},
		"type=bind,src=/s,dst=/d,bind-propagation=slave,bind-recursive=disabled": {
			Type: Bind, Source: "/s", Target: "/d", Propagation: "slave", Flat: true},
		"type=bind,src=/s,dst=/d,bind-create-src": {Type: Bind, Source: "/s", Target: "/d", MakeSource: true},
		"src=data,dst=/d,volume-nocopy,volume-label=a=b,volume-label=c,volume-driver=local": {
			Type: Volume, Source: "data", Target: "/d", NoCopy: true, Labels: map[string]string{"a": "b", "c": ""}},
		"type=tmpfs,dst=/d,tmpfs-size=1m,tmpfs-mode=1700": {Type: Tmpfs, Target: "/d", Size: 1 << 20, Permissions: 0o1700},
	} {
		if got, err := ParseMount(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", text, got, err, want)
		}
	}
}

func TestMountsThatCannotBeMeant(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "value is empty",
		"type=volume":                      `for type "volume": field Target must not be empty`,
		"type=bind,dst=/d":                 `for type "bind": field Source must not be empty`,
		"type=bind,src=s,dst=/d":           "'s' mount path must be absolute",
		"type=bind,src=/s,dst=/":           "destination can't be '/'",
		"type=tmpfs,src=/s,dst=/d":         "field Source must not be specified",
		"type=nonsense,dst=/d":             "mount type unknown",
		"type=image,src=x,dst=/d":          "mount type unknown",
		"dst=/d,ro":                        "must not set ReadOnly mode when using anonymous volumes",
		"dst":                              "invalid field 'dst' must be a key=value pair",
		"dst=/d, ro":                       "option should not have whitespace",
		"dst= /d":                          "value should not have whitespace",
		"dst=":                             "value is empty",
		"dst=/d,ro=maybe":                  `invalid boolean value ("maybe")`,
		"dst=/d,colour=red":                "unknown option 'colour' in 'colour=red'",
		"type=tmpfs,dst=/d,tmpfs-mode=9":   "invalid value for tmpfs-mode: 9",
		"type=tmpfs,dst=/d,tmpfs-size=big": "invalid value for tmpfs-size: big",
		"type=tmpfs,dst=/d,volume-nocopy":  "cannot mix 'volume-*' options with mount type 'tmpfs'",
		"dst=/d,bind-propagation=slave":    "cannot mix 'bind-*' options with mount type 'volume'",
		"dst=/d,tmpfs-size=1m":             "cannot mix 'tmpfs-*' options with mount type 'volume'",
		"src=x,dst=/d,volume-driver=far":   "could not find plugin far",
		"src=x,dst=/d,volume-subpath=a":    "'volume-subpath' is not supported yet",
		"type=bind,src=/s,dst=/d,bind-recursive=writable": "is not supported yet",
		"type=bind,src=/s,dst=/d,bind-propagation=odd":    "invalid propagation mode: odd",
		`dst="/d`: "quote",
	} {
		if _, err := ParseMount(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func TestMountsOfOthers(t *testing.T) {
	if got, err := ParseFrom("other:ro"); err != nil || got != (From{"other", true}) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, text := range []string{"", "other:nocopy", "other:rslave"} {
		if _, err := ParseFrom(text); err == nil {
			t.Errorf("%q: got no error", text)
		}
	}
}

func TestATmpfsHasTheOptionsOfTheKernel(t *testing.T) {
	r := Request{Type: Tmpfs, Target: "/d", ReadOnly: true, Size: 4096, Permissions: 0o700}
	if got, want := r.TmpfsOptions(), "ro,mode=700,size=4096"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("type=bind,src=/s,dst=/d")
	f.Add("/a:/b:ro")
	f.Fuzz(func(t *testing.T, text string) {
		for _, parse := range []func(string) (Request, error){ParseVolume, ParseMount} {
			if r, err := parse(text); err == nil && r.Check() != nil {
				t.Errorf("%q is accepted and cannot be meant: %v", text, r.Check())
			}
		}
		ParseFrom(text)
	})
}
