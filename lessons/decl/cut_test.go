package decl

import (
	"strings"
	"testing"
)

// A lab that cuts several functions has a todo for each, which the others need not
// repeat.
func TestEachFunctionGetsItsOwnPartOfATodo(t *testing.T) {
	const src = "package p\n\nfunc a() {}\n\ntype t int\n\nfunc (t) b() {}\n\nfunc c() {}\n"
	const todo = "a: begin\n  else: nothing\n\nb: go on\nHow: as you like.\n\n  c: no heading\n"
	const all = "\n\tpanic(\"a: begin\")\n"
	for name, want := range map[string]string{
		"a":   "func a() {\n\t//   else: nothing\n\tpanic(\"a: begin\")\n}\n",
		"t.b": "func (t) b() {\n\t// How: as you like.\n\t//\n\t//   c: no heading\n\tpanic(\"b: go on\")\n}\n",
		"c":   all, // it has none of its own, so it gets everything
	} {
		out, _, err := Cut([]byte(src), name, todo)
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: got %v and\n%s\nwant\n%s", name, err, out, want)
		}
	}
}
