package lessons

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

// MaxColumns is how wide a line may be that is shown as it is: with what stands
// left of it, it fits a terminal of 80 columns.
const MaxColumns = 76

// wide reports the lines of a text, which starts at a line of the file, that are
// too wide. A tab is four columns, as in code that is shown.
func (c *linter) wide(line int, text string) {
	for n, each := range strings.Split(text, "\n") {
		if columns := utf8.RuneCountInString(strings.ReplaceAll(each, "\t", "    ")); columns > MaxColumns {
			c.add(line+n, "this line has %d columns, at most %d", columns, MaxColumns)
		}
	}
}

// console checks what is typed and what is printed.
func (c *linter) console(b Console) {
	if len(b.Commands) == 0 {
		c.add(b.First, "this console block types nothing")
	}
	for _, cmd := range b.Commands {
		for n, typed := range strings.Split(cmd.Input, "\n") {
			c.wide(cmd.Line+n, "$ "+typed)
		}
		c.wide(cmd.Shown.First, strings.Join(cmd.Output, "\n"))
		c.typed(cmd)
		if waitsForAll.MatchString(cmd.Input) {
			c.add(cmd.Line, "wait alone waits for every job, those of an earlier try too: name one, as in `wait $!`")
		}
	}
}

// waitsForAll finds a wait without a process behind it.
var waitsForAll = regexp.MustCompile(`(?m)(^|[;&|]\s*)wait\s*($|[;&|])`)

// typed checks that a command which goes over several lines goes on where a shell
// does: elsewhere it would run the first line, and then the next.
func (c *linter) typed(cmd Command) {
	lines := strings.Split(cmd.Input, "\n")
	for n := range lines {
		so := strings.Join(lines[:n+1], "\n")
		switch last := n == len(lines)-1; {
		case !last && !goesOn(so):
			c.add(cmd.Line+n, "a shell does not go on behind this line: end it with a backslash, or type two commands")
			return
		case last && goesOn(so):
			c.add(cmd.Line+n, "a shell waits for more behind this line: a quote or a block is open")
		}
	}
}

// goesOn reports whether a shell that has read text asks for more of it.
func goesOn(text string) bool {
	if backslashes := len(text) - len(strings.TrimRight(text, `\`)); backslashes%2 == 1 {
		return true
	}
	_, err := syntax.NewParser().Parse(strings.NewReader(text+"\n"), "")
	return syntax.IsIncomplete(err) || err != nil && strings.Contains(err.Error(), "unclosed here-document")
}

// theirs finds what is another for each learner: the number of a process they
// started, an id that was drawn, the number of a namespace. Process 0 and 1 are
// the same for all.
var theirs = []*regexp.Regexp{
	regexp.MustCompile(`\b(?i:process|processes|PID|PPID|child|parent|orphan)(?: is| was| number)? ([2-9]|[1-9][0-9]+)\b`),
	regexp.MustCompile(`\b(?:mnt|uts|ipc|pid|net|user|cgroup):\[[0-9]+\]`),
	regexp.MustCompile(`\b[1-9a-f][0-9a-f]{11,}\b`),
}

// same reports what of an explanation will not be so for its reader.
func (c *linter) same(line int, text string) {
	for _, each := range theirs {
		if found := each.FindString(text); found != "" {
			c.add(line, "%q will be another for the learner: say which it is without it", found)
		}
	}
}
