package decl

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

var sample = fstest.MapFS{
	"net/bridge.go": {Data: []byte(`package net

// Bridge joins.
type Bridge struct{}

// Attach plugs in.
func (b *Bridge) Attach() {}

func (b Bridge) String() string { return "" } // for logs
`)},
	"net/clone_amd64.go":  {Data: []byte("package net\n\nfunc arch() string { return \"amd64\" }\n")},
	"net/clone_arm64.go":  {Data: []byte("package net\n\nfunc arch() string { return \"arm64\" }\n")},
	"net/gen.go":          {Data: []byte("//go:build ignore\n\npackage main\n\nfunc generated() {}\n")},
	"net/other_darwin.go": {Data: []byte("package net\n\nfunc darwin() {}\n")},
	"net/bridge_test.go":  {Data: []byte("package net\n\nfunc inTest() {}\n")},
	"layer/apply.go":      {Data: []byte("package layer\n\nfunc Apply() {}\n\nvar a, b = 1, 2\n")},
}

func TestFindPrintsTheDeclarationAsItStands(t *testing.T) {
	for _, c := range []struct {
		address, text string
		line          int
	}{
		{"net.Bridge", "// Bridge joins.\ntype Bridge struct{}", 3},
		{"net.(*Bridge).Attach", "// Attach plugs in.\nfunc (b *Bridge) Attach() {}", 6},
		{"net.Bridge.String", "func (b Bridge) String() string { return \"\" } // for logs", 9},
		{"net.arch", fmt.Sprintf("func arch() string { return %q }", runtime.GOARCH), 3},
		{"layer.b", "var a, b = 1, 2", 5},
	} {
		a, err := ParseAddress(c.address)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Find(sample, a)
		if err != nil || d.Text != c.text || d.Line != c.line || d.Address != a {
			t.Errorf("Find(%s): got %+v, %v, want line %d and\n%s", c.address, d, err, c.line, c.text)
		}
	}
}

func TestFindNamesTheNearOnes(t *testing.T) {
	for _, c := range []struct {
		address string
		near    []string
	}{
		{"net.(*Bridge).Atach", []string{"net.(*Bridge).Attach"}},
		{"net.Bridge.Attach", []string{"net.(*Bridge).Attach"}}, // it has a pointer receiver
		{"net.attach", []string{"net.(*Bridge).Attach"}},        // it has a receiver
		{"network.Bridge", []string{"net.Bridge"}},              // the folder has another name
		{"net.Apply", []string{"layer.Apply"}},                  // it has moved
		{"laier.Aply", []string{"layer.Apply"}},                 // both are misspelt
		{"net.inTest", nil},                                     // only in a test
		{"net.darwin", nil},                                     // not for Linux
		{"net.generated", nil},                                  // not built
		{"something/entirely.Different", nil},
	} {
		a, err := ParseAddress(c.address)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Find(sample, a)
		var missing *NotFoundError
		if !errors.As(err, &missing) || !slices.Equal(missing.Near, c.near) {
			t.Errorf("Find(%s): got %v, want near ones %q", c.address, err, c.near)
			continue
		}
		for _, text := range append(c.near, c.address) {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("Find(%s): %q does not name %s", c.address, err, text)
			}
		}
	}
}

func TestFindReportsAFileThatDoesNotParse(t *testing.T) {
	broken := fstest.MapFS{"a/a.go": {Data: []byte("package a\n\nfunc f( {}\n")}}
	_, err := Find(broken, Address{"a", "f"})
	var syntax *SyntaxError
	if !errors.As(err, &syntax) || syntax.File != "a/a.go" {
		t.Errorf("got %v, want a syntax error in a/a.go", err)
	}
}

func ExampleFind() {
	d, err := Find(os.DirFS("../.."), Address{Dir: "mini-docker/namespace", Name: "Kind"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Text)
	// Output:
	// // Kind names a kind of namespace as the links in /proc/PID/ns do. See
	// // namespaces(7).
	// type Kind string
}
