package render

import (
	"io"
	"os"
	"strings"

	xansi "github.com/charmbracelet/x/ansi"
	"golang.org/x/term"
)

// Columns is how wide a line on out may be, 0 where there is no limit: whoever
// reads a pipe breaks lines as they like.
func Columns(out io.Writer) int {
	f, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// Hang puts text behind a label and breaks its lines between words, so that they
// end before a column; all that follows the first one is aligned under its
// beginning. A word is never broken, for it may be a path to be copied, nor is
// a line where columns is 0.
func Hang(label, text string, columns int) string {
	indent := xansi.StringWidth(label)
	if columns > 0 {
		text = fold(text, max(columns-indent, minWidth))
	}
	return label + strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", indent))
}

// Fold breaks the lines of a text between words; each goes on under its own
// beginning.
func Fold(text string, columns int) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		rest := strings.TrimLeft(line, " ")
		lines[i] = Hang(line[:len(line)-len(rest)], rest, columns)
	}
	return strings.Join(lines, "\n")
}

// Width is that of the widest line of a text.
func Width(text string) int {
	widest := 0
	for line := range strings.Lines(text) {
		widest = max(widest, xansi.StringWidth(line))
	}
	return widest
}

func fold(text string, width int) string {
	return release.Replace(xansi.Wordwrap(holdBreaks.Replace(hold(text, width)), width, ""))
}
