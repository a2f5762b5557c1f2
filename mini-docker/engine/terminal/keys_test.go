package terminal

import (
	"errors"
	"strings"
	"testing"
)

func TestDetachKeysAreReadAsDockerDoes(t *testing.T) {
	for text, want := range map[string]string{"": "\x10\x11", "ctrl-p,ctrl-q": "\x10\x11", "ctrl-a,x": "\x01x", "ctrl-@": "\x00", "ctrl-[": "\x1b", "q": "q"} {
		if got, err := ParseKeys(text); err != nil || string(got) != want {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"ctrl-A", "ctrl-", "xy", "a,", "ctrl-1"} {
		if got, err := ParseKeys(text); err == nil {
			t.Errorf("%q: got %q, want an error", text, got)
		}
	}
}

// typed is a container that notes what is typed.
type typed struct{ strings.Builder }

func (*typed) Resize(uint16, uint16) error { return nil }

func TestOnlyTheWholeSequenceDetaches(t *testing.T) {
	for _, test := range []struct {
		pieces   []string
		want     string
		detaches bool
	}{
		{[]string{"abc"}, "abc", false},
		{[]string{"a\x10b"}, "a\x10b", false},
		{[]string{"a\x10", "b"}, "a\x10b", false},
		{[]string{"\x10\x10\x10\x11rest"}, "\x10\x10", true},
		{[]string{"a\x10", "\x11"}, "a", true},
		{[]string{"\x11\x10"}, "\x11", false},
	} {
		container, detached := new(typed), make(chan struct{})
		peer := Detachable(container, []byte("\x10\x11"), detached)
		var err error
		for _, piece := range test.pieces {
			if _, err = peer.Write([]byte(piece)); err != nil {
				break
			}
		}
		if got := container.String(); got != test.want || errors.Is(err, ErrDetached) != test.detaches {
			t.Errorf("%q: got %q, %v; want %q, detached %v", test.pieces, got, err, test.want, test.detaches)
		}
	}
}
