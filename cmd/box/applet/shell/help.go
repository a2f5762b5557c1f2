package shell

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"drydock/cmd/box/applet/child"
)

// word is a word of the tutor's that may be on the path, and what it is for.
type word struct{ name, use string }

// tutorWords are the short names that a lesson's sandbox has, as links to
// drydock.
func tutorWords() []word {
	return []word{
		{"next", "go on to the next part of the lesson"},
		{"back", "go back to the part before"},
		{"again", "show the part you are in once more"},
		{"predict", "say what you expect, where the lesson asks"},
		{"steps", "list the steps of the lesson; `next 6` goes to one"},
		{"show", "show what the commands print on the author's machine"},
		{"run", "type this part's commands for you; `run 2` its second block"},
		{"check", "see whether you did the lab, and if not, what is missing"},
		{"hint", "get the next hint for the lab"},
		{"quiz", "answer the questions of the lesson"},
		{"answer", "say what is wrong, where a lab asks for that"},
		{"reset", "take the lab's sandbox, or your code, back to its beginning"},
		{"progress", "see what you have done so far"},
	}
}

// built are the commands that run in the shell itself, those it shares with a
// C shell; the library knows more names than it has commands.
const built = ". : [ alias bg break builtin cd command continue declare dirs echo eval exec " +
	"exit export false fg getopts hash help history jobs kill let local mapfile popd printf pushd pwd read " +
	"readonly return set shift shopt source test times trap true type ulimit umask unalias unset wait"

// editors are programs that people type to write a file, and which box has none of.
const editors = " ed ee emacs jed joe mcedit micro nano nvi nvim pico vi view vim "

// instead says what there is in the place of a program that is not.
func instead(name string) string {
	if !strings.Contains(editors, " "+name+" ") {
		return ""
	}
	return ": there is no editor. `cat >FILE` writes what you type until Ctrl-D, `sed -i s/OLD/NEW/ FILE` changes a word"
}

// help says what can be typed: the tutor's words where they are, then the
// shell's commands, then where programs are listed. With a name the library
// tells about that one.
func (c *command) help(args []string) error {
	if len(args) > 0 {
		return c.hc.Builtin(c.ctx, append([]string{"help"}, args...))
	}
	var b strings.Builder
	if words := c.tutor(); len(words) > 0 {
		b.WriteString("Words of the tutor:\n")
		for _, w := range words {
			fmt.Fprintf(&b, "  %-15s  %s\n", w.name, w.use)
		}
		b.WriteString("\n")
	}
	b.WriteString("Commands of this shell (`help NAME` says more about one):\n")
	b.WriteString(wrapped(strings.Fields(built)))
	b.WriteString("\nAll else is a program: `box --list` lists those of this system, and\n`NAME --help` shows how one is used.\n")
	_, err := c.hc.Stdout.Write([]byte(b.String()))
	return err
}

// tutor returns the words that are on the path as links to drydock, if it is
// there, and what lists all it can.
func (c *command) tutor() (there []word) {
	path := c.hc.Env.Get("PATH").String()
	drydock, err := child.Look("drydock", path, c.dir())
	if err != nil {
		return nil
	}
	for _, w := range tutorWords() {
		found, err := child.Look(w.name, path, c.dir())
		if err != nil {
			continue
		}
		if to, err := os.Readlink(found); err == nil && filepath.Base(to) == filepath.Base(drydock) {
			there = append(there, w)
		}
	}
	return append(there, word{"drydock --help", "list all that the tutor can do"})
}

// wrapped sets words in lines that fit a terminal of 80 columns.
func wrapped(words []string) string {
	const width = 76
	var b strings.Builder
	line := " "
	for _, w := range words {
		if len(line)+1+len(w) > width {
			b.WriteString(line + "\n")
			line = " "
		}
		line += " " + w
	}
	return b.String() + line + "\n"
}
