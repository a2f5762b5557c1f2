package main

import (
	"fmt"
	"io"

	"drydock/lessons/render"
)

// columns is how wide our own lines on out may be: as the terminal, without
// limit where there is none, or where plain text was asked for.
func (t *tutor) columns(out io.Writer) int {
	columns := render.Columns(out)
	if columns == 0 || t.plain || t.style(false).Style == render.Plain {
		return 0
	}
	return columns
}

// say prints text whose lines are broken between words.
func (t *tutor) say(format string, args ...any) {
	fmt.Fprint(t.out, render.Fold(fmt.Sprintf(format, args...), t.columns(t.out)))
}

// sayAt prints text behind a label: what does not fit into the line goes on
// under its beginning.
func (t *tutor) sayAt(label, text string) {
	fmt.Fprintln(t.out, render.Hang(label, text, t.columns(t.out)))
}
