package decl

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// Mutation is a file in which one function lacks one statement. A check that
// still passes with it does not look at what the statement is for.
type Mutation struct {
	Line int    // of the statement, in the gofmt'ed file
	Text string // what was taken out
	Src  []byte // the whole file without it; nil if nothing that parses is left

	// Refused says what the compiler has against Src, as far as one file
	// shows it: the learner hears of the missing line without a check.
	Refused string
	// OnError marks a statement that only runs when something else went
	// wrong (in the body of `if err != nil`): only a check that provokes the
	// fault can notice it.
	OnError bool
}

// Checker returns what a type checker says of one file, whose imports have those names.
type Checker func(set *token.FileSet, file *ast.File, nameOf func(importPath string) string) []string

// Mutations returns a mutation for every simple statement in the body of a
// function, function literals included, for every if statement as a whole, and
// for every line of its composite literals. In the statement's place variables
// that would now be unused are mentioned, a return that must be there returns
// zero values, and imports that fall idle are taken out, so that as many
// mutations as possible compile. check is typecheck.File.
func Mutations(src []byte, name string, check Checker) ([]Mutation, error) {
	f, err := parse(src)
	if err != nil {
		return nil, err
	}
	p, err := f.find(name)
	if err != nil {
		return nil, err
	}
	if p.fn == nil || p.fn.Body == nil {
		return nil, fmt.Errorf("mutating %s: it is not a function with a body", name)
	}
	m := mutator{file: f, check: check, used: f.usedIn(p.span, f.uses())}
	m.known = m.says(f)
	m.collect(p.fn.Body, p.fn.Type, false)
	var all []Mutation
	for _, v := range m.victims {
		mutation, err := m.without(v)
		if err != nil {
			return nil, fmt.Errorf("mutating %s, line %d: %w", name, f.line(v.node.Pos()), err)
		}
		if mutation != nil {
			all = append(all, *mutation)
		}
	}
	return all, nil
}

// mutator makes the mutations of one function.
type mutator struct {
	*file
	check   Checker
	used    []Import // by the function, as it is
	known   []string // what the type checker says of the file, as it is
	victims []victim
}

// victim is what one mutation takes out.
type victim struct {
	node    ast.Node
	within  *ast.FuncType // whose results a return has
	onError bool
}

// collect walks a body and lists what can be taken out, in order.
func (m *mutator) collect(body ast.Node, within *ast.FuncType, onError bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			m.collect(n.Body, n.Type, onError)
			return false
		case *ast.IfStmt:
			m.victims = append(m.victims, victim{n, within, onError})
			m.branches(n, within, onError)
			return false
		case *ast.CompositeLit:
			m.elements(n, within, onError)
		case ast.Stmt:
			if isSimple(n) && m.standsAlone(n) {
				m.victims = append(m.victims, victim{n, within, onError})
			}
		}
		return true
	})
}

// branches walks what an if statement holds. Its init and condition belong to
// its own line and cannot go without it.
func (m *mutator) branches(n *ast.IfStmt, within *ast.FuncType, onError bool) {
	guard := testsError(n.Cond)
	if n.Init != nil {
		m.literals(n.Init, within, onError)
	}
	m.collect(n.Body, within, onError || guard)
	switch other := n.Else.(type) {
	case *ast.BlockStmt:
		m.collect(other, within, onError)
	case *ast.IfStmt:
		m.branches(other, within, onError)
	}
}

// literals looks for function and composite literals in a statement that
// itself stays.
func (m *mutator) literals(n ast.Node, within *ast.FuncType, onError bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			m.collect(n.Body, n.Type, onError)
			return false
		case *ast.CompositeLit:
			m.elements(n, within, onError)
		}
		return true
	})
}

// elements lists the elements of a literal that stand on lines of their own.
func (m *mutator) elements(n *ast.CompositeLit, within *ast.FuncType, onError bool) {
	last := m.line(n.Lbrace)
	for _, e := range n.Elts {
		if m.line(e.Pos()) > last {
			m.victims = append(m.victims, victim{e, within, onError})
		}
		last = m.line(e.End())
	}
}

// isSimple reports whether a statement holds no block of its own.
func isSimple(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.AssignStmt, *ast.ExprStmt, *ast.IncDecStmt, *ast.SendStmt, *ast.GoStmt,
		*ast.DeferStmt, *ast.ReturnStmt, *ast.BranchStmt, *ast.DeclStmt:
		return true
	case *ast.ForStmt:
		return len(s.Body.List) == 0
	case *ast.RangeStmt:
		return len(s.Body.List) == 0
	}
	return false
}

// standsAlone reports whether a statement begins its line: the parts of a for
// or switch header do not.
func (m *mutator) standsAlone(n ast.Node) bool {
	at := m.offset(n.Pos())
	before := m.src[m.lines(span{at, at}).start:at]
	return strings.TrimSpace(string(before)) == ""
}

// testsError reports whether a condition asks whether an error is set.
func testsError(cond ast.Expr) bool {
	found := false
	ast.Inspect(cond, func(n ast.Node) bool {
		if b, ok := n.(*ast.BinaryExpr); ok && b.Op == token.NEQ {
			x, isName := b.X.(*ast.Ident)
			y, isNil := b.Y.(*ast.Ident)
			found = found || isName && isNil && y.Name == "nil" && strings.HasPrefix(strings.ToLower(x.Name), "err")
		}
		return !found
	})
	return found
}

// without takes one victim out and mends what can be mended. It returns nil
// where that changes nothing.
func (m *mutator) without(v victim) (*Mutation, error) {
	hole := m.place(v.node, nil, "").span
	text := string(m.src[hole.start:hole.end])
	if element, ok := v.node.(ast.Expr); ok {
		// The comma goes too.
		hole = m.lines(span{m.offset(element.Pos()), m.offset(element.End())})
	}
	// First without a mend, to see what is missing; then with it.
	cut, err := m.apply(edit{span: hole})
	if err != nil {
		return &Mutation{Line: m.line(v.node.Pos()), Text: text, Refused: err.Error(), OnError: v.onError}, nil
	}
	with := m.mend(cut, v)
	if with == strings.TrimSpace(text) {
		return nil, nil
	}
	if with != "" {
		if cut, err = m.apply(edit{hole, with}); err != nil {
			return nil, err
		}
	}
	if cut, err = cut.pruneIdle(m.used); err != nil {
		return nil, err
	}
	src, err := cut.print()
	if err != nil {
		return nil, err
	}
	return &Mutation{
		Line: m.line(v.node.Pos()), Text: text, Src: src,
		Refused: m.refused(cut), OnError: v.onError,
	}, nil
}

// says is what the type checker says of a file.
func (m *mutator) says(f *file) []string {
	return m.check(f.fset, f.ast, func(importPath string) string {
		if name := f.bound(Import{Path: importPath}); name != "" {
			return name
		}
		return packageNames(importPath)[0]
	})
}

// refused returns what the compiler will say of a file that it does not say of
// the original; "" for nothing that one file shows.
func (m *mutator) refused(cut *file) string {
	now := m.says(cut)
	for _, message := range now {
		if !slices.Contains(m.known, message) {
			return message
		}
	}
	if names := cut.unused(); len(names) > 0 {
		return "declared and not used: " + names[0]
	}
	return ""
}
