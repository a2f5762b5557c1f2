package labs

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Worlds are wrong answers that every lab has, by their names without the ending:
// each is a way in which a check that looks in the wrong place would pass.
var Worlds = []string{
	"not-begun",         // nothing was done, or the lab was never started
	"another-lab-open",  // what is there is another lab's
	"bystander",         // something of the same name, or nearly, and not what was asked for
	"earlier-run",       // what an earlier try has left behind
	"look-without-deed", // it looks as if it were done
}

// FewestRight is how many right answers a lab has beside its solution.
const FewestRight = 3

// Wrong is an answer that must not pass.
type Wrong struct {
	Name string // of the file under wrong/, with its ending
	Want string // text that the failing check must show
	With string // the lab whose setup and solution come first, "" for none
	Text string

	Fault string // of a fix lab: the one it is about; "" for the first
}

// Right is an answer that differs from the solution, and must pass.
type Right struct {
	Name string // of the file under right/, with its ending
	Text string
}

// wrongAnswer reads a wrong answer, which begins with comments: `want: TEXT`, and
// then perhaps `with: LAB` or `fault: NAME`.
func wrongAnswer(name, text string) (Wrong, error) {
	w := Wrong{Name: path.Base(name), Text: text}
	for n, line := range strings.Split(text, "\n") {
		key, value, ok := strings.Cut(strings.TrimLeft(line, "#/ "), ": ")
		if !ok || line == strings.TrimLeft(line, "#/") {
			break
		}
		value = strings.TrimSpace(value)
		switch {
		case n == 0 && key == "want":
			w.Want = value
		case key == "with":
			w.With = value
		case key == "fault":
			w.Fault = value
		}
	}
	if w.Want == "" {
		return w, fmt.Errorf("%s: its first line has to be `want: TEXT` in a comment", name)
	}
	return w, nil
}

// world is the one of Worlds that a wrong answer is, "" for none.
func (w Wrong) world() string {
	name := strings.TrimSuffix(w.Name, path.Ext(w.Name))
	if slices.Contains(Worlds, name) {
		return name
	}
	return ""
}

// Lacking names the answers that a lab has to have and has not: worlds, right ones.
// Those that it says to have no use for, it lacks not.
func (l Lab) Lacking() []string {
	var lacking []string
	for _, world := range Worlds {
		if !slices.ContainsFunc(l.Wrong, func(w Wrong) bool { return w.world() == world }) && l.Without[world] == "" {
			lacking = append(lacking, "wrong/"+world)
		}
	}
	right := len(l.Right)
	for _, f := range l.Faults {
		right += len(f.Right)
	}
	if right < FewestRight {
		lacking = append(lacking, fmt.Sprintf("%d of %d answers in right/", FewestRight-right, FewestRight))
	}
	return lacking
}

// pointless says which worlds a lab excuses itself from though there is none of that
// name, or though it has it.
func (l Lab) pointless() error {
	for world := range l.Without {
		switch {
		case !slices.Contains(Worlds, world):
			return fmt.Errorf("without: no world is called %s: there are %s", world, strings.Join(Worlds, ", "))
		case slices.ContainsFunc(l.Wrong, func(w Wrong) bool { return w.world() == world }):
			return fmt.Errorf("without %s: there is a wrong answer of that name", world)
		}
	}
	return nil
}
