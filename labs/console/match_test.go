package console

import (
	"slices"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	tests := []struct {
		name, shown, output string
		want                bool
	}{
		{"the same", "a\nb", "a\nb", true},
		{"another line", "a\nb", "a\nc", false},
		{"a line too few", "a\nb", "a", false},
		{"a line too many", "a", "a\nb", false},
		{"nothing is shown, nothing is printed", "", "", true},
		{"nothing is shown, something is printed", "", "a", false},
		{"white space at the end", "a", "a  ", true},
		{"text within a line", "pid … is here", "pid 4711 is here", true},
		{"the text must go on as shown", "pid … is here", "pid 4711 is there", false},
		{"the text must begin as shown", "pid …", "a pid 4711", false},
		{"several in a line", "…:…:x", "a:b:c:x", true},
		{"a tail must not overlap the head", "aba…ba", "aba", false},
		{"any lines, none", "a\n…\nb", "a\nb", true},
		{"any lines, several", "a\n…\nb", "a\n1\n2\nb", true},
		{"any lines at the end", "a\n…", "a\n1\n2", true},
		{"any lines do not excuse what follows", "a\n…\nb", "a\n1\nc", false},
		{"any lines twice", "…\nx\n…\ny", "1\nx\n2\nx\ny", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Match(split(test.shown), split(test.output)); got != test.want {
				t.Errorf("Match(%q, %q) = %v, want %v", test.shown, test.output, got, test.want)
			}
		})
	}
}

func TestUpdateKeepsWildcards(t *testing.T) {
	tests := []struct{ name, shown, output, want string }{
		{"from nothing", "", "a\nb", "a\nb"},
		{"to nothing", "a\nb", "", ""},
		{"a line that still matches", "pid …\nold", "pid 7\nnew", "pid …\nnew"},
		{"a line that comes", "pid …\nend", "pid 7\nmiddle\nend", "pid …\nmiddle\nend"},
		{"a line that goes", "pid …\nmiddle\nend", "pid 7\nend", "pid …\nend"},
		{"any lines", "a\n…\nold", "a\n1\n2\nnew", "a\n…\nnew"},
		{"any lines between", "a\n…\nz\nold", "a\n1\nz\nnew", "a\n…\nz\nnew"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := Update(split(test.shown), split(test.output))
			if want := split(test.want); !slices.Equal(got, want) {
				t.Errorf("Update(%q, %q) = %q, want %q", test.shown, test.output, got, want)
			}
			if !Match(got, split(test.output)) {
				t.Errorf("the updated lines %q do not match the output %q", got, test.output)
			}
		})
	}
}

func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}
