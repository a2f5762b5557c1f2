package main

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/term"

	"drydock/lessons/render"
)

// leaf shows text a screenful at a time where the terminal has fewer rows. It is
// the pager of a sandbox, where none of the machine's may run, and of what stands
// above its prompt. Enter goes on, q leaves the rest.
func (t *tutor) leaf(ctx context.Context, text string) error {
	_, rows, err := term.GetSize(int(t.out.Fd()))
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	if err != nil || !t.isTerminal() || rows < 3 || len(lines) < rows {
		return render.Page(t.out, text, "")
	}
	in, err := newLines(ctx, t.in)
	if err != nil {
		return err
	}
	defer in.close()
	for len(lines) >= rows {
		fmt.Fprint(t.out, strings.Join(lines[:rows-1], ""), "-- Enter shows the rest, q leaves it: ")
		lines = lines[rows-1:]
		typed, err := in.next()
		if err != nil && ctx.Err() == nil { // the cursor stands behind the question
			fmt.Fprintln(t.out) // after Ctrl-C it is the shell's again
		}
		if err != nil || strings.HasPrefix(strings.TrimSpace(typed), "q") {
			return nil
		}
	}
	return render.Page(t.out, strings.Join(lines, "")+"\n", "")
}
