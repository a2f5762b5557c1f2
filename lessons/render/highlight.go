package render

import (
	"go/token"

	"drydock/lessons/decl"
)

// highlight colours Go code by its tokens. Glamour's own highlighter keeps
// one theme a process in a global registry; three colours are enough to read by.
func (p *painter) highlight(code string) string {
	if p.Style == Plain {
		return code
	}
	plain := func(text string) string { return text }
	return decl.Mark(code, plain, func(tok token.Token, literal string, _ int) string {
		if color := p.tokenColor(tok); color != "" {
			return p.paint(literal, color, false)
		}
		return ""
	})
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
