package console

import (
	"context"
	"fmt"
	"strings"

	"drydock/lessons"
)

// A Problem is a line of a lesson that does not do what the lesson says.
type Problem struct {
	Line int
	Text string
}

// Run types the blocks, in order, and returns what differs from the lesson,
// and the edits that would make the lesson show what was printed. A command
// that hangs or ends the shell is a problem too, and the last one: nothing
// after it can be judged.
func Run(ctx context.Context, s *Shell, blocks []lessons.Console) ([]Problem, []lessons.Edit, error) {
	var problems []Problem
	var edits []lessons.Edit
	for _, b := range blocks {
		if b.Skip != "" {
			continue
		}
		for i, c := range b.Commands {
			r, err := s.Run(ctx, c.Input)
			if ctx.Err() != nil {
				return problems, edits, ctx.Err()
			}
			if err != nil {
				return append(problems, Problem{c.Line, err.Error()}), edits, nil
			}
			mustFail := b.Fails && i == len(b.Commands)-1
			if p := judgeStatus(c, r, mustFail); p != "" {
				problems = append(problems, Problem{c.Line, p})
			}
			if !Match(c.Output, r.Output) {
				problems = append(problems, Problem{c.Line, difference(c, r)})
				edits = append(edits, lessons.Edit{Span: c.Shown, With: Update(c.Output, r.Output)})
			}
		}
	}
	return problems, edits, nil
}

// judgeStatus says what is wrong with a command's exit status, if anything.
func judgeStatus(c lessons.Command, r Result, mustFail bool) string {
	switch {
	case mustFail && r.Status == 0:
		return fmt.Sprintf("%q ended with status 0 in a block that is marked `console fails`", c.Input)
	case !mustFail && r.Status != 0:
		return fmt.Sprintf("%q ended with status %d:\n%s", c.Input, r.Status, indent(r.Output))
	}
	return ""
}

func difference(c lessons.Command, r Result) string {
	return fmt.Sprintf("%q prints\n%sbut the lesson shows\n%s", c.Input, indent(r.Output), indent(c.Output))
}

func indent(lines []string) string {
	if len(lines) == 0 {
		return "    (nothing)\n"
	}
	return "    " + strings.Join(lines, "\n    ") + "\n"
}
