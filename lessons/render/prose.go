package render

import (
	"regexp"
	"strings"

	"github.com/charmbracelet/glamour"
	"github.com/charmbracelet/glamour/ansi"
	xansi "github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
)

// newMarkdown makes glamour's renderer for prose with our colours: no margin
// (the painter sets it), headings without their # marks.
func newMarkdown(c palette, s Style, width int) (*glamour.TermRenderer, error) {
	profile := termenv.ANSI256
	if s == Plain {
		profile = termenv.Ascii // writes no escape codes
	}
	return glamour.NewTermRenderer(
		glamour.WithWordWrap(width),
		glamour.WithColorProfile(profile),
		glamour.WithStyles(markdownStyle(c, s)),
	)
}

// markdownStyle maps markdown to a palette. In plain text code keeps its
// backticks: a command must stay a command when it is heard or copied.
func markdownStyle(c palette, s Style) ansi.StyleConfig {
	yes := true
	color := func(code string) *string {
		if code == "" {
			return nil
		}
		return &code
	}
	bar, indent := "│ ", uint(1)
	code := ansi.StylePrimitive{Color: color(c.code)}
	if s == Plain || s == Mono {
		code.Prefix, code.Suffix = "`", "`"
	}
	return ansi.StyleConfig{
		Paragraph:  ansi.StyleBlock{},
		Heading:    ansi.StyleBlock{StylePrimitive: ansi.StylePrimitive{Bold: &yes, Color: color(c.title)}},
		Strong:     ansi.StylePrimitive{Bold: &yes},
		Emph:       ansi.StylePrimitive{Italic: &yes},
		Link:       ansi.StylePrimitive{Underline: &yes, Color: color(c.muted)},
		LinkText:   ansi.StylePrimitive{Bold: &yes},
		Code:       ansi.StyleBlock{StylePrimitive: code},
		BlockQuote: ansi.StyleBlock{Indent: &indent, IndentToken: &bar},
		HorizontalRule: ansi.StylePrimitive{
			Color: color(c.muted), Format: "\n" + strings.Repeat("─", 8) + "\n",
		},
		Table: ansi.StyleTable{},
	}
}

// Word wrap breaks after hyphens and between the words of inline code, so
// that `fork -n 3` would end up as "fork -" and "n 3", and it counts wrongly
// where a hyphen meets the end of a line: "Ctrl", "-", "C". While lines are
// being wrapped, two characters of the private use area stand in for both.
const (
	holdSpace  = "\ue000"
	holdHyphen = "\ue001"
)

var (
	inlineCode = regexp.MustCompile("`[^`\n]+`")
	address    = regexp.MustCompile(`https?://[^\s)>]+`)
	compound   = regexp.MustCompile(`\b-\b`)
	holdAll    = strings.NewReplacer(" ", holdSpace, "-", holdHyphen)
	holdBreaks = strings.NewReplacer("-", holdHyphen)
	// Glamour escapes what it puts into a link's address.
	release = strings.NewReplacer(holdSpace, " ", holdHyphen, "-", "%EE%80%81", "-")
)

// hold keeps code, addresses and words such as Ctrl-C together in lines of a
// width.
func hold(text string, width int) string {
	held := inlineCode.ReplaceAllStringFunc(text, func(code string) string {
		if len(code) > width/2 {
			return holdBreaks.Replace(code) // too long to keep on one line
		}
		return holdAll.Replace(code)
	})
	held = address.ReplaceAllStringFunc(held, holdBreaks.Replace)
	return compound.ReplaceAllLiteralString(held, holdHyphen)
}

// flow renders markdown without lists at a width.
func (p *painter) flow(markdown string, width int) string {
	held := hold(markdown, width)
	text, err := p.render(held, width)
	if err != nil {
		text = markdown // readable as it is, better than nothing
	}
	lines := strings.Split(release.Replace(text), "\n")
	for i, line := range lines {
		lines[i] = trimRight(line)
	}
	return xansi.Hardwrap(strings.Trim(strings.Join(lines, "\n"), "\n"), width, true)
}

// render passes markdown through glamour, whose renderers have one width each.
func (p *painter) render(markdown string, width int) (string, error) {
	r := p.renderers[width]
	if r == nil {
		var err error
		if r, err = newMarkdown(p.colors, p.Style, width); err != nil {
			return "", err
		}
		p.renderers[width] = r
	}
	return r.Render(markdown)
}

// wrap breaks a line of our own between words, and within one that is wider
// than the terminal.
func (p *painter) wrap(text string) string { return wrapAt(text, p.Width) }

func wrapAt(text string, width int) string {
	return release.Replace(xansi.Wrap(holdBreaks.Replace(text), width, ""))
}

// trailing is blank space at a line's end, with the escape codes in it:
// glamour pads every line to the full width, which wraps when a terminal is
// made narrower and is heard as silence by a braille reader.
var trailing = regexp.MustCompile(`(\s|\x1b\[[0-9;]*m)+$`)

// trimRight drops blank space at the end of a line and closes what colour is
// still open.
func trimRight(line string) string {
	end := trailing.FindString(line)
	line = strings.TrimSuffix(line, end)
	if strings.Contains(end, "\x1b[") && strings.Contains(line, "\x1b[") {
		line += reset
	}
	return line
}
