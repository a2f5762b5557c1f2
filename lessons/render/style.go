package render

import (
	"os"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// Style is a set of colours, or none.
type Style int

// The styles. Either is for a terminal whose background is not known: its
// colours have the same contrast on black and on white.
const (
	Plain  Style = iota // no escape codes at all, linear
	Mono                // bold only (NO_COLOR)
	Either              // readable on dark and on light
	Dark
	Light
)

// palette holds colours as numbers of the xterm 256-colour table; "" is the
// terminal's own. Text and what is typed are always the terminal's own colour:
// whatever its owner chose, they can read.
type palette struct {
	title   string
	prompt  string
	muted   string // comments, addresses, where one is
	code    string
	keyword string
	literal string
}

// palettes gives each style its colours. The test beside this file holds them
// to a contrast of 4.2:1 and more (WCAG 2.2, 1.4.3 asks 4.5:1; no colour but
// a few reaches that on black and on white at once).
func palettes() map[Style]palette {
	return map[Style]palette{
		Either: {title: "30", prompt: "28", muted: "243", code: "130", keyword: "98", literal: "28"},
		Dark:   {title: "81", prompt: "114", muted: "248", code: "222", keyword: "176", literal: "150"},
		Light:  {title: "24", prompt: "22", muted: "240", code: "94", keyword: "90", literal: "22"},
	}
}

// Detect chooses options for what is written to out: plain when asked or when
// out is no terminal, else by DRYDOCK_STYLE (dark, light or plain), NO_COLOR
// (no-color.org) and COLORFGBG, which some terminals set to their colours.
//
// The terminal is not asked for its background (OSC 11): one that does not
// answer costs seconds, and an answer that comes late lands in the shell.
func Detect(out *os.File, getenv func(string) string, plain bool) Options {
	o := Options{Width: DefaultWidth}
	if columns, err := strconv.Atoi(getenv("COLUMNS")); err == nil && columns > 0 {
		o.Width = columns
	}
	isTerminal := term.IsTerminal(int(out.Fd()))
	if isTerminal {
		if columns, _, err := term.GetSize(int(out.Fd())); err == nil && columns > 0 {
			o.Width = columns
		}
	}
	if !plain {
		o.Style = style(getenv, isTerminal)
	}
	return o
}

// style reads the environment. An explicit DRYDOCK_STYLE also colours what is
// piped, so that `drydock read … | less -R` can be asked for.
func style(getenv func(string) string, isTerminal bool) Style {
	asked, isAsked := map[string]Style{"dark": Dark, "light": Light, "plain": Plain}[getenv("DRYDOCK_STYLE")]
	switch {
	case isAsked:
		return asked
	case !isTerminal, getenv("TERM") == "dumb":
		return Plain
	case getenv("NO_COLOR") != "":
		return Mono
	}
	return background(getenv("COLORFGBG"))
}

// background reads COLORFGBG, "foreground;background" or with a third part
// between, as numbers of the 16 colours: 7 and 9 to 15 are light (rxvt(1)).
func background(colorfgbg string) Style {
	parts := strings.Split(colorfgbg, ";")
	n, err := strconv.Atoi(parts[len(parts)-1])
	switch {
	case err != nil, len(parts) < 2:
		return Either
	case n == 7, n >= 9 && n <= 15:
		return Light
	}
	return Dark
}

// paint gives text a colour and perhaps weight. Without either, text stays as
// it is.
func (p *painter) paint(text, color string, bold bool) string {
	var codes []string
	if bold && p.Style != Plain {
		codes = append(codes, "1")
	}
	if color != "" {
		codes = append(codes, "38;5;"+color)
	}
	if len(codes) == 0 || text == "" {
		return text
	}
	return "\x1b[" + strings.Join(codes, ";") + "m" + text + reset
}

// reset ends all colours; sgr matches what starts or ends them (ECMA-48, SGR).
const reset = "\x1b[0m"

var sgr = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// closeColours ends at each line's end what is open there and begins it anew
// on the next line: a pager shows lines in any order, and what is indented
// later must not get a coloured margin.
func closeColours(text string) string {
	lines := strings.Split(text, "\n")
	open := ""
	for i, line := range lines {
		lines[i] = open + line
		for _, code := range sgr.FindAllString(line, -1) {
			open += code
			if code == reset {
				open = ""
			}
		}
		if open != "" {
			lines[i] += reset
		}
	}
	return strings.Join(lines, "\n")
}

func (p *painter) muted(text string) string { return p.paint(text, p.colors.muted, false) }

// title is a heading.
func (p *painter) title(text string) string {
	return p.paint(p.wrap(text), p.colors.title, true)
}
