package tree

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// noEarly refuses what could end a test's program with whatever it has printed: calls
// that do so, see ending, and what runs before any test does, a function named init,
// and a variable whose value is computed with code of the learner's (Go
// specification, Package initialization). In a file of the reference there can be no
// init of theirs: only declarations with a name of their own are taken over. The
// error is a *BuildError.
func (c *Checked) noEarly(r *record) error {
	e := early{set: token.NewFileSet(), code: map[string]bool{}, methods: map[string]bool{}, types: map[string]bool{}}
	for _, name := range slices.Sorted(maps.Keys(c.changed)) {
		file, err := parser.ParseFile(e.set, name, c.changed[name], parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			continue // the compiler says so, with its lines
		}
		f := origin{dir: path.Dir(name), imports: imports(file), own: slices.Contains(c.own, name), pieces: map[string]bool{}}
		for _, p := range r.Pieces {
			if p.File == name {
				f.pieces[p.Name] = p.Base == ""
			}
		}
		e.hidden(file, f)
		for _, d := range file.Decls {
			e.sort(d, f)
			e.ending(d, f)
		}
	}
	e.idle()
	for _, v := range e.values {
		if v.runs && e.computed(v) {
			e.refuse(v.expr, valueRefused)
		}
	}
	if len(e.lines) == 0 {
		return nil
	}
	return &BuildError{Lines: e.lines}
}

// early is what is known of the learner's declarations while these are looked at.
// Names stand behind their package's folder; a method's stands alone, for of what
// type a value is nobody knows here.
type early struct {
	set     *token.FileSet
	code    map[string]bool // functions, and variables and constants that may lead to one
	methods map[string]bool
	types   map[string]bool // whose methods a callee finds: fmt.Sprint calls String
	values  []value
	lines   []Line
}

// origin is a file that is built.
type origin struct {
	dir     string
	imports map[string]string // by the name they have in it
	own     bool              // it is the learner's as a whole
	pieces  map[string]bool   // declarations of theirs in it; true: added, so it is no mend of the reference's
}

// value is what a variable or a constant of the learner's begins with.
type value struct {
	names []*ast.Ident // of the variables that get it
	expr  ast.Expr
	in    origin
	runs  bool // when the program begins: of a variable, not of a constant
}

// sort takes in a declaration.
func (e *early) sort(d ast.Decl, f origin) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv != nil {
			e.method(d, f)
			return
		}
		// Also one that a lab has them write: their own variable must not call it.
		_, mended := f.pieces[d.Name.Name]
		if f.own && d.Name.Name == "init" {
			e.refuse(d, initRefused)
		} else if f.own || mended {
			e.code[f.dir+" "+d.Name.Name] = true
		}
	case *ast.GenDecl:
		for _, each := range d.Specs {
			switch spec := each.(type) {
			case *ast.TypeSpec:
				if f.added(spec.Name) {
					e.types[f.dir+" "+spec.Name.Name] = true
				}
			case *ast.ValueSpec:
				if slices.ContainsFunc(spec.Names, f.added) {
					e.named(spec, d.Tok, f)
				}
			}
		}
	}
}

func (f origin) added(name *ast.Ident) bool { return f.own || f.pieces[name.Name] }

// method takes in a method, if it is the learner's. Of a piece's name, such as
// (*Bridge).Attach, it has the end.
func (e *early) method(d *ast.FuncDecl, f origin) {
	theirs := f.own
	for piece := range f.pieces {
		theirs = theirs || strings.HasSuffix(piece, "."+d.Name.Name)
	}
	if !theirs {
		return
	}
	e.methods[d.Name.Name] = true
	ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
		if name, ok := n.(*ast.Ident); ok {
			e.types[f.dir+" "+name.Name] = true
		}
		return true
	})
}

// named takes in variables, and constants: these may be of a type of the learner's.
func (e *early) named(spec *ast.ValueSpec, kind token.Token, f origin) {
	for _, name := range spec.Names {
		e.code[f.dir+" "+name.Name] = true
	}
	for n, v := range spec.Values {
		names := spec.Names // of a call that returns several
		if len(spec.Values) == len(spec.Names) {
			names = names[n : n+1]
		}
		if spec.Type != nil && !isBasic(spec.Type) {
			names = nil // what its methods are, the type says
		}
		e.values = append(e.values, value{names, v, f, kind == token.VAR})
	}
}

// isBasic says whether a type is one of the language's own.
func isBasic(t ast.Expr) bool {
	name, ok := t.(*ast.Ident)
	return ok && doc.IsPredeclared(name.Name)
}

// imports are a file's, by the name they have in it, as far as the path tells it.
func imports(file *ast.File) map[string]string {
	all := map[string]string{}
	for _, i := range file.Imports {
		imported, _ := strconv.Unquote(i.Path.Value) // the parser has
		name := path.Base(imported)
		if i.Name != nil {
			name = i.Name.Name
		}
		all[name] = imported
	}
	return all
}

// computed says whether a value calls code of the learner's, or hands some to what it
// calls. What stands there for later does not run.
func (e *early) computed(v value) (found bool) {
	ast.Inspect(v.expr, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			found = found || !e.isIdle(n, v.in) && e.theirs(n, v.in)
		}
		return !found
	})
	return found
}

// isIdle says whether a call runs nobody's code, whatever it is given: a conversion to
// a type of the learner's, or what the language itself has. But a panic asks its
// argument for words.
func (e *early) isIdle(call *ast.CallExpr, f origin) bool {
	name, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok || e.code[f.dir+" "+name.Name] {
		return false
	}
	return e.types[f.dir+" "+name.Name] || name.Name != "panic" && doc.IsPredeclared(name.Name)
}

// idle takes out of what may be code the variables that hold none: their value is made
// of nothing of the learner's, or of other such variables, and of no function.
func (e *early) idle() {
	for again := true; again; {
		again = false
		for _, v := range e.values {
			for _, name := range v.names {
				key := v.in.dir + " " + name.Name
				if e.code[key] && v.plain() && !e.theirs(v.expr, v.in) {
					delete(e.code, key)
					again = true
				}
			}
		}
	}
}

// plain says whether a value is a text, a number, or what a call has returned that is
// known to return data.
func (v value) plain() bool {
	switch x := ast.Unparen(v.expr).(type) {
	case *ast.BasicLit:
		return true
	case *ast.BinaryExpr:
		return true // of functions there are no sums
	case *ast.CallExpr:
		if called, ok := x.Fun.(*ast.SelectorExpr); ok {
			name, ok := called.X.(*ast.Ident)
			return ok && slices.Contains([]string{"errors", "fmt", "regexp", "strings", "strconv"}, v.in.imports[name.Name])
		}
	}
	return false
}

// theirs says whether an expression names code of the learner's anywhere, or is some.
func (e *early) theirs(x ast.Node, f origin) (found bool) {
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			found = true
		case *ast.Ident:
			found = found || e.names(f.dir, n)
		case *ast.SelectorExpr:
			imported := ""
			if name, ok := n.X.(*ast.Ident); ok {
				imported = f.imports[name.Name]
			}
			if imported == "" {
				found = found || e.methods[n.Sel.Name] || e.theirs(n.X, f)
			} else if dir, ok := strings.CutPrefix(imported, "drydock/"); ok {
				found = found || e.names(dir, n.Sel)
			}
			return false
		}
		return !found
	})
	return found
}

func (e *early) names(dir string, name *ast.Ident) bool {
	return e.code[dir+" "+name.Name] || e.types[dir+" "+name.Name]
}

func (e *early) refuse(n ast.Node, why string) {
	at := e.set.Position(n.Pos())
	e.lines = append(e.lines, Line{File: at.Filename, Row: at.Line, Text: why})
}

// Why something is refused.
const (
	initRefused  = "a function named init runs before every test: a check is not made with one. Give it another name, and call it"
	valueRefused = "what computes this variable runs before every test, and is yours or is given what is: a check is not made with it. Compute it where the value is needed"
)
