// Package rewrite changes a shell's syntax tree, before it first runs, where
// mvdan.cc/sh would not do as a C shell does, and writes trees and words out as
// text. What it puts in the tree is plain shell again, so that the result can be
// printed and parsed once more.
package rewrite

import (
	"strings"

	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// Prefix starts the names of the commands that are put into the tree, for the
// shell's exec handler to find.
const Prefix = "box:"

// The variables behind special parameters that the library would answer itself,
// and wrongly.
const (
	LastJob  = "BOX_LAST_JOB"  // $!
	ShellPID = "BOX_SHELL_PID" // $$
	Name     = "BOX_NAME"      // $0
)

// Tree changes what is at and below root:
//
//   - `cmd &` becomes a call of box:background, which starts a real process
//   - $!, $$ and $0 become variables that hold the right values
//   - the right side of a pipe gets a copy of the shell, as the left one has,
//     so that `exit` and `exec` there do not end the shell itself
//   - `1< FILE` and `2< FILE` go to that descriptor; the library takes each <
//     for 0
//   - `time` prints what the children used, and to standard error
func Tree(root syntax.Node) {
	syntax.Walk(root, func(node syntax.Node) bool {
		switch node := node.(type) {
		case *syntax.Stmt:
			if node.Background {
				background(node)
			}
			if clause, ok := node.Cmd.(*syntax.TimeClause); ok && clause.Stmt != nil {
				node.Cmd = timed(clause.Stmt)
			}
		case *syntax.BinaryCmd:
			if node.Op == syntax.Pipe || node.Op == syntax.PipeAll {
				node.Y = &syntax.Stmt{Position: node.Y.Position, Cmd: &syntax.Subshell{Stmts: []*syntax.Stmt{node.Y}}}
			}
		case *syntax.ParamExp:
			parameter(node)
		case *syntax.Redirect:
			reading(node)
		}
		return true
	})
}

// Reading ends the path of a file that is to be opened for reading though the
// redirection is one for writing.
const Reading = "/" + Prefix + "reading"

// reading turns `2< FILE` into `2> FILE`, which goes to descriptor 2, with a
// mark by which the shell opens the file as it was meant.
func reading(r *syntax.Redirect) {
	if r.Op == syntax.RdrIn && r.N != nil && r.N.Value != "0" {
		r.Op = syntax.RdrOut
		r.Word.Parts = append(r.Word.Parts, &syntax.Lit{Value: Reading})
	}
}

func parameter(p *syntax.ParamExp) {
	if p.Param == nil {
		return
	}
	name, ok := map[string]string{"!": LastJob, "$": ShellPID, "0": Name}[p.Param.Value]
	if !ok {
		return
	}
	p.Param.Value = name
	p.Short = false // `$$x` is a number and an x
}

// background turns `cmd &` into a call of box:background with cmd's
// words, or with the text of what is no simple command.
func background(stmt *syntax.Stmt) {
	stmt.Background = false
	if call, ok := stmt.Cmd.(*syntax.CallExpr); ok && len(call.Args) > 0 && !stmt.Negated {
		call.Args = append([]*syntax.Word{Word(Prefix + "background")}, call.Args...)
		return
	}
	text := Printed(&syntax.Stmt{Cmd: stmt.Cmd, Negated: stmt.Negated})
	stmt.Negated = false
	stmt.Cmd = &syntax.CallExpr{Args: []*syntax.Word{
		Word(Prefix + "background"), Word(Prefix + "text"), literal(text),
	}}
}

// timed is `{ box:time-start; STMT; box:time-end; }`.
func timed(stmt *syntax.Stmt) syntax.Command {
	call := func(name string) *syntax.Stmt {
		return &syntax.Stmt{Cmd: &syntax.CallExpr{Args: []*syntax.Word{Word(Prefix + name)}}}
	}
	return &syntax.Block{Stmts: []*syntax.Stmt{call("time-start"), stmt, call("time-end")}}
}

// Exec makes a statement that is one program's call an exec of it.
func Exec(stmt *syntax.Stmt) {
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || len(call.Args) == 0 || stmt.Background || stmt.Negated || len(stmt.Redirs) > 0 {
		return
	}
	name := call.Args[0].Lit()
	if name == "" || interp.IsBuiltin(name) || strings.HasPrefix(name, Prefix) {
		return
	}
	call.Args = append([]*syntax.Word{Word("exec")}, call.Args...)
}

// Word is a word without quotes.
func Word(text string) *syntax.Word {
	return &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: text}}}
}

// literal is a word that stands for exactly text.
func literal(text string) *syntax.Word {
	w := &syntax.Word{}
	for i, piece := range strings.Split(text, "'") {
		if i > 0 {
			w.Parts = append(w.Parts, &syntax.Lit{Value: `\'`})
		}
		w.Parts = append(w.Parts, &syntax.SglQuoted{Value: piece})
	}
	return w
}

// Printed is the text of a tree.
func Printed(node syntax.Node) string {
	var b strings.Builder
	syntax.NewPrinter().Print(&b, node)
	return strings.TrimRight(b.String(), "\n")
}

// Text is the text of commands after rewrite, or as it was where it does
// not parse, so that the library reports that.
func Text(text string) string {
	file, err := Parser().Parse(strings.NewReader(text), "sh")
	if err != nil {
		return text
	}
	Tree(file)
	return Printed(file)
}

// Quote writes a string as one word of the shell's language.
func Quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// Quoted writes words with a blank between them.
func Quoted(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = Quote(arg)
	}
	return strings.Join(words, " ")
}

// Parser reads the language that the shell speaks: bash's, which holds POSIX's.
func Parser() *syntax.Parser { return syntax.NewParser(syntax.Variant(syntax.LangBash)) }
