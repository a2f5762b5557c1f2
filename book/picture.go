package book

import (
	"fmt"
	"html"
	"html/template"
	"strings"

	"drydock/lessons"
)

// The size of a drawn terminal's cells, in units of the drawing, and how many there
// are in a line.
const (
	cellWidth  = 9
	cellHeight = 20
	columns    = 80
	rows       = 20
)

// Terminal draws a recorded piece of a lesson as a terminal: what is typed, and what
// it prints, line by line, as SVG. It is for pages and for the README.
func Terminal(title string, c lessons.Console) template.HTML {
	lines := screen(c)
	height := (len(lines) + 3) * cellHeight
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s" `+
		`font-family="ui-monospace, 'DejaVu Sans Mono', monospace" font-size="15">`,
		(columns+4)*cellWidth, height, html.EscapeString("A terminal: "+strings.Join(lines, "; ")))
	out.WriteString("\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#14181c\"/>\n")
	text := func(row int, fill, line string) {
		fmt.Fprintf(&out, "<text x=\"%d\" y=\"%d\" fill=\"%s\" xml:space=\"preserve\">%s</text>\n",
			2*cellWidth, row*cellHeight+cellHeight/2, fill, html.EscapeString(line))
	}
	text(1, "#a3adb8", title)
	for i, line := range lines {
		fill := "#e3e7eb"
		if strings.HasPrefix(line, "$ ") {
			fill = "#8fd6a6"
		}
		text(i+2, fill, line)
	}
	out.WriteString("</svg>\n")
	return template.HTML(out.String())
}

// screen is what a terminal shows after a console block, as far as it has lines.
func screen(c lessons.Console) []string {
	var lines []string
	for _, each := range c.Commands {
		lines = append(lines, strings.Split("$ "+strings.ReplaceAll(each.Input, "\n", "\n> "), "\n")...)
		lines = append(lines, each.Output...)
	}
	for i, line := range lines {
		lines[i] = strings.ReplaceAll(line, "\t", "    ")
	}
	return lines[:min(len(lines), rows)]
}
