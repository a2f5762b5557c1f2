package code

import (
	"testing"
	"testing/fstest"
)

// source is a module with a test that reaches one function through another.
var source = fstest.MapFS{
	"a/a.go": {Data: []byte(`// Package a is the first.
package a

import "drydock/b"

// Outer calls Inner of another package.
func Outer() int { return b.Inner() }

func alone() {}
`)},
	"a/a_test.go": {Data: []byte(`package a

import "testing"

func TestOuter(t *testing.T) { help(t) }

func help(t *testing.T) { Outer() }
`)},
	"b/b.go": {Data: []byte("package b\n\n// Inner is reached.\nfunc Inner() int { return 1 }\n")},
}

func TestATestReachesWhatItsHelpersCall(t *testing.T) {
	index, err := Read(source, "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	for address, steps := range map[string]int{"a.Outer": 2, "b.Inner": 3, "a.alone": 0} {
		d, ok := index.Find(address)
		switch {
		case !ok:
			t.Errorf("there is no %s", address)
		case steps == 0 && len(d.Tests) > 0:
			t.Errorf("%s: got the tests %v, want none", address, d.Tests)
		case steps > 0 && (len(d.Tests) != 1 || d.Tests[0].Steps != steps || d.Tests[0].Test.Address.Name != "TestOuter"):
			t.Errorf("%s: got the tests %v, want TestOuter %d steps away", address, d.Tests, steps)
		}
	}
	if doc := index.Packages[0].Doc; doc != "Package a is the first.\n" {
		t.Errorf("got the doc %q", doc)
	}
}

func TestNamesLinkToWhatTheyMean(t *testing.T) {
	index, err := Read(source, "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	outer, _ := index.Find("a.Outer")
	inner, _ := index.Find("b.Inner")
	for offset, to := range outer.Links {
		if to != inner || outer.Text[offset:offset+len("Inner")] != "Inner" {
			t.Errorf("at %d %q links to %s", offset, outer.Text[offset:], to.Address)
		}
	}
	if len(outer.Links) != 1 {
		t.Errorf("got %d links, want the one name that is declared elsewhere", len(outer.Links))
	}
	if _, ok := index.Find("a.Missing"); ok {
		t.Error("what is nowhere is found")
	}
}
