package render

import (
	"go/scanner"
	"go/token"
	"strings"
)

// highlight colours Go code by its tokens. Glamour's own highlighter keeps
// one theme a process in a global registry; Go's scanner knows this language
// exactly, and three colours are enough to read by.
func (p *painter) highlight(code string) string {
	if p.Style == Plain {
		return code
	}
	src := []byte(code)
	file := token.NewFileSet().AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, scanner.ScanComments)

	var out strings.Builder
	done := 0 // bytes of src already written
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			break
		}
		color := p.tokenColor(tok)
		if color == "" || lit == "" {
			continue // goes out as it is, with the next colour or the rest
		}
		start := file.Offset(pos)
		out.Write(src[done:start])
		out.WriteString(p.paint(lit, color, false))
		done = start + len(lit)
	}
	out.Write(src[done:])
	return out.String()
}

// tokenColor is the colour of a kind of token, "" for the terminal's own.
func (p *painter) tokenColor(tok token.Token) string {
	switch {
	case tok == token.COMMENT:
		return p.colors.muted
	case tok.IsKeyword():
		return p.colors.keyword
	case tok == token.STRING, tok == token.CHAR, tok == token.INT, tok == token.FLOAT:
		return p.colors.literal
	}
	return ""
}
