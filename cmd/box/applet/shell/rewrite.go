package shell

import (
	"strings"

	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// prefix starts the names of the commands that rewrite and call put into the
// tree, for exec to find.
const prefix = "box:"

// rewrite changes a statement, before it first runs, where the library would
// not do as a C shell does:
//
//   - `cmd &` becomes a real process whose number is $! (background.go)
//   - $!, $$ and $0 become variables that hold the right values
//   - the right side of a pipe gets a copy of the shell, as the left one has,
//     so that `exit` and `exec` there do not end the shell itself
//   - `time` prints what the children used, and to standard error
//
// What it writes is plain shell again, so the result can be printed and
// parsed, as it is for functions that a background shell needs.
func (s *session) rewrite(root syntax.Node) {
	syntax.Walk(root, func(node syntax.Node) bool {
		switch node := node.(type) {
		case *syntax.Stmt:
			if node.Background {
				s.rewriteBackground(node)
			}
			if clause, ok := node.Cmd.(*syntax.TimeClause); ok && clause.Stmt != nil {
				node.Cmd = timed(clause.Stmt)
			}
		case *syntax.BinaryCmd:
			if node.Op == syntax.Pipe || node.Op == syntax.PipeAll {
				node.Y = &syntax.Stmt{Position: node.Y.Position, Cmd: &syntax.Subshell{Stmts: []*syntax.Stmt{node.Y}}}
			}
		case *syntax.ParamExp:
			rewriteParameter(node)
		}
		return true
	})
}

func rewriteParameter(p *syntax.ParamExp) {
	if p.Param == nil {
		return
	}
	name, ok := map[string]string{"!": varLastJob, "$": varShellPID, "0": varName}[p.Param.Value]
	if !ok {
		return
	}
	p.Param.Value = name
	p.Short = false // `$$x` is a number and an x
}

// rewriteBackground turns `cmd &` into a call of box:background with cmd's
// words, or with the text of what is no simple command.
func (s *session) rewriteBackground(stmt *syntax.Stmt) {
	stmt.Background = false
	if call, ok := stmt.Cmd.(*syntax.CallExpr); ok && len(call.Args) > 0 && !stmt.Negated {
		call.Args = append([]*syntax.Word{word(prefix + "background")}, call.Args...)
		return
	}
	text := printed(&syntax.Stmt{Cmd: stmt.Cmd, Negated: stmt.Negated})
	stmt.Negated = false
	stmt.Cmd = &syntax.CallExpr{Args: []*syntax.Word{
		word(prefix + "background"), word(prefix + "text"), literal(text),
	}}
}

// timed is `{ box:time-start; STMT; box:time-end; }`.
func timed(stmt *syntax.Stmt) syntax.Command {
	call := func(name string) *syntax.Stmt {
		return &syntax.Stmt{Cmd: &syntax.CallExpr{Args: []*syntax.Word{word(prefix + name)}}}
	}
	return &syntax.Block{Stmts: []*syntax.Stmt{call("time-start"), stmt, call("time-end")}}
}

// replaceShell makes a statement that is one program's call an exec of it.
func replaceShell(stmt *syntax.Stmt) {
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || len(call.Args) == 0 || stmt.Background || stmt.Negated || len(stmt.Redirs) > 0 {
		return
	}
	name := call.Args[0].Lit()
	if name == "" || interp.IsBuiltin(name) || strings.HasPrefix(name, prefix) {
		return
	}
	call.Args = append([]*syntax.Word{word("exec")}, call.Args...)
}

func word(text string) *syntax.Word {
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

func printed(node syntax.Node) string {
	var b strings.Builder
	syntax.NewPrinter().Print(&b, node)
	return strings.TrimRight(b.String(), "\n")
}

// rewritten is the text of commands after rewrite, or as it was where it does
// not parse, so that the library reports that.
func (s *session) rewritten(text string) string {
	file, err := parser().Parse(strings.NewReader(text), "sh")
	if err != nil {
		return text
	}
	s.rewrite(file)
	return printed(file)
}

// quote writes a string as one word of the shell's language.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
