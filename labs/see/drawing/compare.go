package drawing

import (
	"fmt"
	"io"
	"strings"

	"drydock/labs/see"

	xansi "github.com/charmbracelet/x/ansi"
)

// Compare writes what differs between two processes beside one another, and what
// does not in a line. The names are what the processes are called.
func Compare(w io.Writer, names [2]string, all []see.Aspect, o Options) error {
	for i := range names {
		names[i] = clean(names[i])
	}
	var out strings.Builder
	var alike []string
	differ := false
	for _, a := range all {
		switch {
		case a.Alike():
			alike = append(alike, a.What)
		case o.Plain:
			differ = true
			out.WriteString(told(names, a))
		default:
			if !differ {
				out.WriteString(beside("", []string{"only " + names[0]}, []string{"only " + names[1]}, o.width()))
			}
			differ = true
			out.WriteString(beside(a.What, items(a.A), items(a.B), o.width()))
		}
	}
	if !differ {
		fmt.Fprintf(&out, "Nothing that is compared differs between %s and %s.\n", names[0], names[1])
	}
	if len(alike) > 0 {
		text := "Alike: " + strings.Join(alike, ", ") + "."
		if o.Plain {
			out.WriteString(text + "\n")
		} else {
			out.WriteString(strings.Join(wrap(text, o.width(), o.width()), "\n") + "\n")
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// items are a cell's lines: what only this one has, or a dash.
func items(only []string) []string {
	if len(only) == 0 {
		return []string{"–"}
	}
	return only
}

// aspectWidth is the column that says what is compared.
const aspectWidth = 15

// beside puts two cells next to one another, each a third of the width and more.
func beside(what string, a, b []string, width int) string {
	first := min(aspectWidth, width/4)
	cell := (width - first - 2) / 2
	columns := [3][]string{lines([]string{what}, first-1), lines(a, cell), lines(b, cell)}
	var out strings.Builder
	for n := range max(len(columns[0]), len(columns[1]), len(columns[2])) {
		line := ""
		for i, at := range []int{0, first, first + cell + 1} {
			if n < len(columns[i]) {
				line += strings.Repeat(" ", max(0, at-xansi.StringWidth(line))) + columns[i][n]
			}
		}
		out.WriteString(line + "\n")
	}
	return out.String()
}

// lines breaks each item into lines of a cell; what follows the first hangs.
func lines(items []string, width int) []string {
	var all []string
	for _, item := range items {
		for i, line := range wrap(clean(item), width, width-1) {
			if i > 0 {
				line = " " + line
			}
			all = append(all, xansi.Truncate(line, width, "…"))
		}
	}
	return all
}

// told is an aspect in sentences.
func told(names [2]string, a see.Aspect) string {
	text := ""
	for i, only := range [][]string{a.A, a.B} {
		if len(only) > 0 {
			text += fmt.Sprintf("%s, only %s: %s.\n", a.What, names[i], clean(strings.Join(only, "; ")))
		}
	}
	return text
}
