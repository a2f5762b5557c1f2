package render

import (
	"strings"
	"testing"

	xansi "github.com/charmbracelet/x/ansi"
)

func TestHang(t *testing.T) {
	for _, test := range []struct {
		name, label, text, want string
		columns                 int
	}{
		{"between words", "  ok  ", "the name is that of the host", "  ok  the name is that of\n      the host", 26},
		{"lines of its own", "found ", "one\ntwo", "found one\n      two", 80},
		{"no limit", "found ", strings.Repeat("word ", 40), "found " + strings.Repeat("word ", 40), 0},
		{"a hyphen ends no word", "", "the flag --mount-proc", "the flag\n--mount-proc", 20},
		{"nor a word that is too long", "", "in /usr/local/share/of/this/machine it is", "in\n/usr/local/share/of/this/machine\nit is", 20},
		{"code stays in one piece", "", "now run, too, `a b c d`", "now run, too,\n`a b c d`", 20},
	} {
		if got := Hang(test.label, test.text, test.columns); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}

func TestFoldKeepsEachLinesIndent(t *testing.T) {
	got := Fold("Two words and more than one line\n  the second one is longer, too\n", 24)
	if want := "Two words and more than\none line\n  the second one is\n  longer, too\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for line := range strings.Lines(got) {
		if xansi.StringWidth(line) > 24 {
			t.Errorf("too wide: %q", line)
		}
	}
}
