package render

import (
	"os/exec"
	"strings"
	"testing"

	xansi "github.com/charmbracelet/x/ansi"
)

// Typed as it is printed, a command does what it did in one line.
func TestACommandIsBrokenWhereTheShellGoesOn(t *testing.T) {
	for _, command := range []string{
		`printf '<%s>\n' one 'two words, and some more of them' "three  words, with blanks" four`,
		`printf '<%s>\n' "$(printf '%s' 'a quoted text in a substitution' "and another one")" end`,
		`printf '<%s>\n' /a/path/that/is/longer/than/any/line/of/a/narrow/window/could/ever/be 'and/one/with/quotes/around/it/as/long'`,
		`printf '<%s>\n' a\ word\ with\ blanks\ in\ it "a \"quoted\" word in a longer text" é é é é é é é é`,
		"cat <<END | sed 's/a/b/'\na line that is longer than the window is, and stays as it is\nEND",
		"for word in one two three four five six seven eight; do\n  echo $word and some more words, many; done",
	} {
		want := shell(t, command)
		for width := 16; width < 90; width++ {
			lines := foldTyped(command, width)
			if got := shell(t, strings.Join(lines, "\n")); got != want {
				t.Fatalf("at %d columns\n%s\nprints\n%swant\n%s", width, strings.Join(lines, "\n"), got, want)
			}
			for _, line := range lines {
				if xansi.StringWidth(line) > width && !strings.Contains(command, "<<") {
					t.Errorf("at %d columns: %q is wider", width, line)
				}
			}
		}
	}
}

func shell(t *testing.T, command string) string {
	t.Helper()
	out, err := exec.Command("sh", "-c", command).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return string(out)
}

func TestAShortCommandIsNotBroken(t *testing.T) {
	if got := foldTyped("echo one\ntwo", 20); len(got) != 2 || got[0] != "echo one" {
		t.Errorf("got %q", got)
	}
}
