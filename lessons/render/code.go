package render

import (
	"go/scanner"
	"go/token"
	"slices"
	"strings"

	xansi "github.com/charmbracelet/x/ansi"
)

// Declaration renders a whole declaration under its address and the place where it
// stands, FILE:LINE. No line of it is broken, however wide, nor set in, which would
// break it at the terminal's edge: who asks for the whole wants it as it stands in the
// file. In plain text the tabs stay too, for programs to read.
func Declaration(address, place, code string, o Options) string {
	p := newPainter(o)
	if p.Style == Plain {
		return address + "\n" + place + "\n\n" + strings.TrimRight(code, "\n") + "\n"
	}
	p.margin = ""
	p.add(p.muted("── "+address) + "\n" + p.muted("   "+place))
	lines := strings.Split(p.highlight(untab(strings.TrimRight(code, "\n"))), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	p.add(strings.Join(lines, "\n"))
	return p.text()
}

// goLines are the lines of Go code as they are shown, coloured.
func (p *painter) goLines(code string) []string {
	lines := strings.Split(untab(strings.TrimRight(code, "\n")), "\n")
	for i, line := range lines {
		lines[i] = foldGo(line, p.Width-len(indent))
	}
	return strings.Split(p.highlight(strings.Join(lines, "\n")), "\n")
}

// foldGo breaks a line of Go that is too wide where Go goes on in the next one:
// a comment between words, code behind a token that cannot end a statement.
func foldGo(line string, width int) string {
	if xansi.StringWidth(line) <= width {
		return line
	}
	own := line[:len(line)-len(strings.TrimLeft(line, " "))]
	if comment, ok := strings.CutPrefix(line[len(own):], "//"); ok {
		prefix := own + "// "
		return prefix + strings.ReplaceAll(fold(strings.TrimSpace(comment), max(width-len(prefix), 1)), "\n", "\n"+prefix)
	}
	var out []string
	rest, hang := line[len(own):], own
	for xansi.StringWidth(hang+rest) > width {
		at := 0
		for _, possible := range goBreaks(rest) {
			if at == 0 || xansi.StringWidth(hang+rest[:possible]) <= width {
				at = possible
			}
		}
		if at == 0 {
			break
		}
		out = append(out, hang+strings.TrimRight(rest[:at], " "))
		rest, hang = strings.TrimLeft(rest[at:], " "), own+"    "
	}
	return strings.Join(append(out, foldComment(hang, rest, width)...), "\n")
}

// foldComment is the last line of a broken one, which a comment may stand in.
func foldComment(hang, rest string, width int) []string {
	if strings.HasPrefix(rest, "//") {
		return strings.Split(foldGo(hang+rest, width), "\n")
	}
	return []string{hang + rest}
}

// goesOn are tokens behind which a new line does not end a statement, where a
// person would break too. See the Go specification, Semicolons.
var goesOn = []token.Token{
	token.COMMA, token.LPAREN, token.LBRACE, token.LAND, token.LOR, token.OR, token.ADD,
	token.ASSIGN, token.DEFINE, token.COLON, token.SEMICOLON, token.EQL,
}

// goBreaks are the offsets at which a line may be broken, in order.
func goBreaks(line string) []int {
	file := token.NewFileSet().AddFile("", -1, len(line))
	var s scanner.Scanner
	s.Init(file, []byte(line), nil, scanner.ScanComments)
	var breaks []int
	for {
		pos, tok, literal := s.Scan()
		at := file.Offset(pos)
		switch {
		case tok == token.EOF:
			return breaks
		case tok == token.COMMENT && at > 0:
			breaks = append(breaks, at)
		case tok == token.SEMICOLON && literal != ";":
			continue // the one that the line's end stands for
		case slices.Contains(goesOn, tok):
			if end := at + len(tok.String()); end < len(line) {
				breaks = append(breaks, end)
			}
		}
	}
}
