package drawing

import (
	"fmt"
	"strings"

	"drydock/labs/see"

	xansi "github.com/charmbracelet/x/ansi"
)

// cell is a character of the grid with the codes that colour it.
type cell struct {
	text  string // "" for a blank, or beside a character that is two wide
	codes string
	taken bool // the right half of a character that is two wide
}

// canvas is what has been drawn so far, by line and column.
type canvas [][]cell

// The codes are those of the 16 colours, which every terminal's theme makes
// readable on its own background (console_codes(4)).
const (
	codeMuted  = "2"
	codeStrong = "1"
	codeBar    = "36"
)

// codeOf is the colour of a mark: as in a diff, green, red and yellow.
func codeOf(m see.Mark) string {
	switch m {
	case see.Came:
		return "32"
	case see.Gone:
		return "31"
	case see.Changed:
		return "33"
	}
	return ""
}

// terminal draws the layout in characters.
func (l *layout) terminal(colour bool) string {
	c := make(canvas, l.height)
	for y := range c {
		c[y] = make([]cell, l.width)
	}
	for _, b := range l.branches {
		c.branch(b)
	}
	for _, f := range l.frames {
		c.frame(f)
	}
	for _, r := range l.rules {
		c.row(r.x, r.y, "├"+strings.Repeat("─", max(r.w-2, 0))+"┤", both(codeMuted, r.mark))
	}
	for _, b := range l.bars {
		full := filled(b)
		c.row(b.x, b.y, strings.Repeat("█", full), both(codeBar, b.mark))
		c.row(b.x+full, b.y, strings.Repeat("░", b.w-full), both(codeMuted, b.mark))
	}
	for _, t := range l.texts {
		c.row(t.x, t.y, t.text, both(map[style]string{muted: codeMuted, strong: codeStrong}[t.style], t.mark))
	}
	for y, m := range l.marks {
		if l.differs && m != "" && y < len(c) {
			c.row(0, y, string(m), codeOf(m))
		}
	}
	return c.String(colour)
}

// filled is how much of a bar is used; a little is never nothing.
func filled(b bar) int {
	full := int(b.part*float64(b.w) + 0.5)
	if full == 0 && b.part > 0 {
		full = 1
	}
	return full
}

// both joins codes; a mark's colour outweighs being muted.
func both(code string, m see.Mark) string {
	mark := codeOf(m)
	switch {
	case mark == "":
		return code
	case code == codeStrong:
		return code + ";" + mark
	}
	return mark
}

// row puts text on a line, from column x on.
func (c canvas) row(x, y int, text, codes string) {
	for _, r := range text {
		w := xansi.StringWidth(string(r))
		if y >= len(c) || x+w > len(c[y]) {
			return
		}
		c[y][x] = cell{text: string(r), codes: codes}
		if w == 2 {
			c[y][x+1] = cell{taken: true}
		}
		x += w
	}
}

// frame draws a border. Texts come later, and may stand on it.
func (c canvas) frame(f frame) {
	codes := both("", f.mark)
	if f.mark == "" {
		codes = codeMuted
	}
	edge := strings.Repeat("─", max(f.w-2, 0))
	c.row(f.x, f.y, "╭"+edge+"╮", codes)
	for y := f.y + 1; y < f.y+f.h-1; y++ {
		c.row(f.x, y, "│", codes)
		c.row(f.x+f.w-1, y, "│", codes)
	}
	c.row(f.x, f.y+f.h-1, "╰"+edge+"╯", codes)
}

// branch draws the line down from a process, and the one across to its child.
// A later child makes the corner of an earlier one a crossing.
func (c canvas) branch(b branch) {
	for y := b.top; y < b.y; y++ {
		symbol := "│"
		if was := c[y][b.x].text; was == "└" || was == "├" {
			symbol = "├"
		}
		c.row(b.x, y, symbol, codeMuted)
	}
	c.row(b.x, b.y, "└"+strings.Repeat("─", max(b.length-1, 0)), codeMuted)
}

// String returns the lines, coloured if wanted, without blanks at their ends.
func (c canvas) String(colour bool) string {
	var out strings.Builder
	for _, line := range c {
		end := len(line)
		for end > 0 && line[end-1] == (cell{}) {
			end--
		}
		codes := ""
		for _, each := range line[:end] {
			if colour && each.codes != codes && !each.taken {
				out.WriteString("\x1b[0m")
				if each.codes != "" {
					fmt.Fprintf(&out, "\x1b[%sm", each.codes)
				}
				codes = each.codes
			}
			switch {
			case each.taken:
			case each.text == "":
				out.WriteByte(' ')
			default:
				out.WriteString(each.text)
			}
		}
		if codes != "" {
			out.WriteString("\x1b[0m")
		}
		out.WriteByte('\n')
	}
	return out.String()
}
