package book

import (
	"fmt"
	"html"
	"html/template"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"drydock/lessons"
	"drydock/lessons/render"
)

// The size of a drawn terminal's cells, in units of the drawing, and how many there
// are in a line.
const (
	cellWidth  = 9
	cellHeight = 20
	columns    = 80
)

// pictured is the lesson that the picture of the terminal is drawn from.
const pictured = "processes"

// Screen draws the tutor's terminal as SVG, light or dark as the reader's system has
// it: the first question of a lesson with its answer, as `drydock start` and `next`
// print them, and what its first command printed when the lesson was recorded. "" is the
// picture of a course that has no such lesson. It is for the front page, and for
// README.md: see TestThePictureOfTheTerminalIsThatOfTheLesson.
func Screen(all []lessons.Lesson) (template.HTML, error) {
	for _, l := range all {
		if l.ID != pictured {
			continue
		}
		lines, err := screen(l)
		return draw("Drydock in a terminal", lines), err
	}
	return "", nil
}

// screen is what stands on the terminal of whoever predicts in a lesson for the
// first time, and types what comes next.
func screen(l lessons.Lesson) ([]string, error) {
	beats := l.Beats(1)
	at := 0
	for !beats[at].Predict {
		at++
	}
	var text strings.Builder
	for i, typed := range []string{"predict 100 bytes", ""} {
		beat, err := render.Beat(l, render.Spot{Step: 1, Beat: at + i}, render.Options{Style: render.Dark, Inside: true, Quiet: true, Width: columns})
		if err != nil {
			return nil, err
		}
		text.WriteString(strings.Trim(ansi.Strip(beat), "\n") + "\n" + prompt(l) + typed + "\n")
	}
	lines := strings.Split(strings.TrimSuffix(text.String(), prompt(l)+"\n"), "\n")
	lines = lines[:len(lines)-1]
	for _, b := range beats[at+1].Blocks {
		if c, ok := b.(lessons.Console); ok {
			first := c.Commands[0]
			lines = append(append(lines, prompt(l)+first.Input), first.Output...)
		}
	}
	return append(lines, prompt(l)), nil
}

func prompt(l lessons.Lesson) string { return l.ID + ":1 ~ # " }

// draw draws lines of text.
func draw(title string, lines []string) template.HTML {
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s" `+
		`font-family="ui-monospace, 'DejaVu Sans Mono', monospace" font-size="15">`+"\n",
		(columns+4)*cellWidth, (len(lines)+1)*cellHeight, html.EscapeString(title+": "+strings.Join(lines, "\n")))
	// The colours of the book's pages: see theme/style.css.
	out.WriteString(`<style>.screen-g{fill:#f3f5f7;stroke:#ccd3da}.screen-t{fill:#1d2329}.screen-m{fill:#55606b}.screen-p{fill:#1b6436}` +
		`@media (prefers-color-scheme:dark){.screen-g{fill:#1e242a;stroke:#3a434d}.screen-t{fill:#e3e7eb}.screen-m{fill:#a3adb8}.screen-p{fill:#8fd6a6}}</style>` + "\n")
	out.WriteString(`<rect class="screen-g" x="1" y="1" width="99.7%" height="99.7%" rx="8"/>` + "\n")
	for i, line := range lines {
		if line = strings.TrimRight(line, " "); line == "" {
			continue
		}
		// The width is given, so that columns stand below one another in any font.
		fmt.Fprintf(&out, `<text class="screen-%s" x="%d" y="%d" textLength="%d" xml:space="preserve">%s</text>`+"\n",
			ink(line), 2*cellWidth, (i+1)*cellHeight+cellHeight/2-5, utf8.RuneCountInString(line)*cellWidth, html.EscapeString(line))
	}
	out.WriteString("</svg>\n")
	return template.HTML(out.String())
}

// ink is the colour of a line: of what is typed, of where one is, of all else.
func ink(line string) string {
	switch words := strings.TrimSpace(line); {
	case strings.HasPrefix(words, "$ ") || strings.HasPrefix(line, pictured+":"):
		return "p"
	case strings.HasPrefix(words, pictured+" ") || strings.HasPrefix(words, "type: "):
		return "m"
	}
	return "t"
}
