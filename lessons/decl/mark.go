package decl

import (
	"go/scanner"
	"go/token"
	"strings"
)

// Mark returns Go code with its tokens marked, comments among them: each is what mark
// makes of it, and where that has nothing to add ("") it is, as all between tokens,
// what plain makes of it. An offset is in bytes from the code's start.
//
// Go's own scanner knows the language exactly, and is some fifty times faster than a
// highlighter for all languages.
func Mark(code string, plain func(string) string, mark func(tok token.Token, literal string, offset int) string) string {
	src := []byte(code)
	file := token.NewFileSet().AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, scanner.ScanComments)

	var out strings.Builder
	done := 0 // bytes of src already written
	for {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			break
		}
		start := file.Offset(pos)
		if literal == "" {
			continue // goes out with the next mark or the rest
		}
		if marked := mark(tok, literal, start); marked != "" {
			out.WriteString(plain(code[done:start]) + marked)
			done = start + len(literal)
		}
	}
	out.WriteString(plain(code[done:]))
	return out.String()
}
