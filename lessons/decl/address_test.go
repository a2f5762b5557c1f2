package decl

import (
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	for _, c := range []struct{ in, dir, name string }{
		{"mini-docker/namespace.CloneFlags", "mini-docker/namespace", "CloneFlags"},
		{"mini-docker/network.(*Bridge).Attach", "mini-docker/network", "(*Bridge).Attach"},
		{"mini-docker/network.Subnet.Contains", "mini-docker/network", "Subnet.Contains"},
		{"a.(*Set[...]).Add", "a", "(*Set).Add"},
		{"a.Set[K,V].Add", "a", "Set.Add"},
		{"a.(*Set[go.shape.int]).Add", "a", "(*Set).Add"},
		{"a.(*Set[b/c.T]).Add", "a", "(*Set).Add"},
		{"a.b/c._x", "a.b/c", "_x"},
		{"a._T.m", "a", "_T.m"},
	} {
		got, err := ParseAddress(c.in)
		if err != nil || got != (Address{c.dir, c.name}) {
			t.Errorf("ParseAddress(%q): got %+v, %v, want %s and %s", c.in, got, err, c.dir, c.name)
		}
	}
}

func TestParseAddressRefusesWhatIsNone(t *testing.T) {
	for _, in := range []string{
		"", ".", "a", "a.", ".A", "/a.A", "a//b.A", "../a.A", "a/b", "a.b.c.d", "a.(T).M", "a.*T.M",
		"a.(*T.M", "a.(*T)M", "a.(*T).", "a.func", "a.init", "a._", "a b.C", "a.T._", "a.(*T).M(",
	} {
		if got, err := ParseAddress(in); err == nil {
			t.Errorf("ParseAddress(%q): got %+v, want an error", in, got)
		} else if !strings.Contains(err.Error(), "address") {
			t.Errorf("ParseAddress(%q): %v does not say that it is about an address", in, err)
		}
	}
}

// What is accepted must be written back such that it is accepted again and
// means the same: lessons store addresses as text.
func FuzzParseAddress(f *testing.F) {
	f.Add("mini-docker/network.(*Bridge).Attach")
	f.Add("a.(*Set[b/c.T]).Add")
	f.Add("a.b/c.T.M")
	f.Fuzz(func(t *testing.T, in string) {
		a, err := ParseAddress(in)
		if err != nil {
			return
		}
		again, err := ParseAddress(a.String())
		if err != nil || again != a {
			t.Fatalf("%q is %+v, written %q, which is %+v, %v", in, a, a, again, err)
		}
	})
}
