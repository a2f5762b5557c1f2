package lessons

import (
	"fmt"
	"strings"
	"testing"
)

func TestACommandGoesOnWhereAShellDoes(t *testing.T) {
	for typed, want := range map[string]string{
		"$ echo one \\\n> two":                                "",
		"$ sh -c 'echo one\n> echo two'":                      "",
		"$ cat <<END\n> one\n> END":                           "",
		"$ for n in 1 2; do\n>   echo $n\n> done":             "",
		"$ cat <<'END'\n> one\n> two\n> END":                  "",
		"$ echo one |\n> cat":                                 "",
		"$ kill $!; wait $!; mini-docker wait one; echo wait": "",
		"$ kill $!; wait":                                     "wait alone waits for every job",
		"$ wait; echo":                                        "wait alone waits for every job",
		"$ echo one\n> two":                                   "a shell does not go on behind this line",
		"$ echo one \\\\\n> two":                              "a shell does not go on behind this line",
		"$ sh -c 'umount\n> /x'; echo\n> one":                 "a shell does not go on behind this line",
		"$ sh -c 'echo one":                                   "a shell waits for more behind this line",
		"$ for n in 1 2; do\n>   echo $n":                     "a shell waits for more behind this line",
		"$ echo " + strings.Repeat("x", 70) + " \\\n> two":    "this line has 79 columns, at most 76",
		"$ echo\n" + strings.Repeat("x", 77):                  "this line has 77 columns, at most 76",
	} {
		l := parse(t, strings.Replace(good, "Alike.", "Alike.\n\n```console\n"+typed+"\n```", 1))
		got := fmt.Sprint(Check(l))
		if want == "" && got != "[]" || !strings.Contains(got, want) {
			t.Errorf("%s\ngot %s, want %q", typed, got, want)
		}
	}
}

func TestWhatIsTheSameForAllIsNoTheirs(t *testing.T) {
	for _, text := range []string{
		"Process 1 adopts it, process 0 is nobody.", "`a80425fb` are the fourteen", "CVE-2018-15664", "137 is 128 + 9",
		"user 1000", "65536 ids from 100000 on", "a child of two processes",
	} {
		l := parse(t, strings.Replace(good, "Alike.", text, 1))
		if got := Check(l); len(got) > 0 {
			t.Errorf("%s: got %v", text, got)
		}
	}
}
