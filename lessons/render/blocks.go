package render

import (
	"fmt"
	"strings"

	xansi "github.com/charmbracelet/x/ansi"

	"drydock/lessons"
)

// indent sets blocks off from prose.
const indent = "  "

// console paints a console block: the prompt and the typed line stand out from
// what is printed. What is typed is broken only where the shell goes on.
func (p *painter) console(c lessons.Console) string {
	width := p.Width - len(indent)
	var out []string
	for _, cmd := range c.Commands {
		if p.Quiet && c.Skip == "" {
			cmd.Output = nil
		}
		if p.Style == Plain {
			out = append(out, p.spoken(cmd, width)...)
			continue
		}
		for i, typed := range foldTyped(cmd.Input, width-len("$ ")) {
			prompt := "$ "
			if i > 0 {
				prompt = "> "
			}
			out = append(out, indent+p.paint(prompt, p.colors.prompt, true)+p.paint(typed, "", true))
		}
		if len(cmd.Output) > 0 {
			out = append(out, p.inset(printed(cmd)))
		}
	}
	return strings.Join(out, "\n")
}

// printed are the lines that a command prints.
func printed(cmd lessons.Command) []string {
	var lines []string
	for _, line := range cmd.Output {
		lines = append(lines, tabStops(line))
	}
	return lines
}

// spoken renders a command for the ear: what is typed and what is printed are
// told apart by words.
func (p *painter) spoken(cmd lessons.Command, width int) []string {
	var lines []string
	for i, typed := range foldTyped(cmd.Input, width-len("Type: ")) {
		label := "Type: "
		if i > 0 {
			label = "then: "
		}
		lines = append(lines, indent+label+typed)
	}
	if len(cmd.Output) == 0 {
		return lines
	}
	shown := printed(cmd)
	for i := range shown {
		shown[i] = indent + shown[i]
	}
	return append(lines, indent+"It prints:", p.inset(shown))
}

// excerpt paints code under its address, so that a reader finds the real one.
func (p *painter) excerpt(e lessons.Excerpt) string {
	if p.Style == Plain {
		return p.wrap("Code of "+e.Address+":") + "\n" + p.inset(p.goLines(e.Text)) + "\nEnd of code."
	}
	return p.inset(append([]string{p.muted("── " + e.Address)}, p.goLines(e.Text)...))
}

// sample paints any other text that is shown as it is.
func (p *painter) sample(s lessons.Sample) string {
	return p.inset(strings.Split(untab(s.Text), "\n"))
}

// picture paints a drawing as it is. One that is wider than the terminal
// would fall apart; its text says the same.
func (p *painter) picture(d lessons.Picture) string {
	lines := strings.Split(strings.TrimRight(d.Text, "\n"), "\n")
	width := 0
	for _, line := range lines {
		width = max(width, xansi.StringWidth(line))
	}
	switch {
	case p.Style == Plain:
		return p.wrap("Picture: " + d.Alt)
	case width > p.Width:
		return p.wrap(fmt.Sprintf("Picture (drawn from %d columns on): %s", width+len(p.margin), d.Alt))
	case width+len(indent) <= p.Width:
		return indent + strings.Join(lines, "\n"+indent)
	}
	return strings.Join(lines, "\n")
}

// question paints a question and its answers; which is right and why only
// when that was asked for.
func (p *painter) question(l lessons.Lesson, q lessons.Question) string {
	number := 0
	for i, other := range l.Questions() {
		if other.First == q.First {
			number = i + 1
		}
	}
	parts := []string{p.prose(fmt.Sprintf("**Question %d.** %s", number, q.Text))}
	for i, a := range q.Shown() {
		text := fmt.Sprintf("**%c)** %s", 'a'+i, a.Text)
		if p.Answers {
			verdict := "No"
			if a.Right {
				verdict = "Yes"
			}
			text += fmt.Sprintf(" — **%s:** %s", verdict, a.Why)
		}
		parts = append(parts, p.prose(text))
	}
	return strings.Join(parts, "\n")
}

// inset indents lines; one that does not fit goes on below, further in than
// it began.
func (p *painter) inset(lines []string) string {
	var out []string
	width := p.Width - len(indent)
	for _, line := range lines {
		if xansi.StringWidth(line) <= width {
			out = append(out, indent+line)
			continue
		}
		own := min(len(line)-len(strings.TrimLeft(line, " ")), width/2)
		hang := strings.Repeat(" ", own+2)
		wrapped := strings.Split(wrapAt(line[own:], width-len(hang)), "\n")
		out = append(out, indent+line[:own]+strings.Join(wrapped, "\n"+indent+hang))
	}
	return strings.Join(out, "\n")
}

// untab makes tabs four columns wide: eight leave too little of a line.
func untab(text string) string { return strings.ReplaceAll(text, "\t", "    ") }

// tabStops puts blanks for tabs, to the next of a terminal's stops at every
// eighth column: printed tables keep their columns behind an indentation.
func tabStops(line string) string {
	var out strings.Builder
	column := 0
	for _, r := range line {
		if r == '\t' {
			fill := 8 - column%8
			out.WriteString(strings.Repeat(" ", fill))
			column += fill
			continue
		}
		out.WriteRune(r)
		column += xansi.StringWidth(string(r))
	}
	return out.String()
}
