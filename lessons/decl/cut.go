package decl

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Cut takes the body of a function or method out and leaves its doc comment,
// its signature and a body that panics with the first line of todo. Further
// lines of todo, and the packages the body used, stand in a comment there. A todo
// for several functions of the file has a part for each, which begins with its name
// and a colon at the start of a line; each gets its own, and else all of it.
//
// Imports that nothing else in the file uses are taken out, since Go refuses
// them, and their paths are returned. Blank and dot imports stay.
func Cut(src []byte, name string, todo string) (out []byte, pruned []string, err error) {
	f, err := parse(src)
	if err != nil {
		return nil, nil, err
	}
	f, idle, err := f.cut(name, todo)
	if err != nil {
		return nil, nil, err
	}
	for _, i := range idle {
		pruned = append(pruned, i.Path)
	}
	out, err = f.print()
	return out, pruned, err
}

// cut is Cut of a file that was read.
func (f *file) cut(name, todo string) (out *file, idle []Import, err error) {
	p, err := f.find(name)
	if err != nil {
		return nil, nil, err
	}
	if p.fn == nil {
		return nil, nil, fmt.Errorf("cutting %s: it is a %s, and only functions and methods can be cut", name, p.kind)
	}
	if p.fn.Body == nil {
		return nil, nil, fmt.Errorf("cutting %s: it has no body", name)
	}
	body := span{f.offset(p.fn.Body.Lbrace), f.offset(p.fn.Body.Rbrace) + 1}
	uses := f.uses()
	var imported []Import
	for _, i := range f.usedIn(body, uses) {
		if slices.ContainsFunc(uses[i], func(at int) bool { return !body.holds(at) }) {
			imported = append(imported, i)
		} else {
			idle = append(idle, i)
		}
	}
	out, err = f.apply(append(f.without(idle), edit{body, stub(p.names[0], f.part(todo, p), imported, idle)})...)
	if err != nil {
		return nil, nil, fmt.Errorf("cutting %s: %w", name, err)
	}
	return out, idle, nil
}

// part is what a todo has for the function at p alone, or all of it.
func (f *file) part(todo string, p place) string {
	heading := func(p place) string {
		if p.fn == nil {
			return ""
		}
		return p.fn.Name.Name + ":"
	}
	own, isOwn := "", false
	for line := range strings.Lines(todo) {
		first, _, _ := strings.Cut(line, " ")
		switch first = strings.TrimSpace(first); {
		case first != "" && first == heading(p):
			isOwn = true
		case first != "" && slices.ContainsFunc(f.places(), func(other place) bool { return heading(other) == first }):
			isOwn = false
		}
		if isOwn {
			own += line
		}
	}
	if own == "" {
		return todo
	}
	return own
}

// stub is the body a cut function gets. Of the packages that the original uses
// some are still imported, for the rest of the file, and some no more.
func stub(name, todo string, imported, idle []Import) string {
	what, more, _ := strings.Cut(strings.TrimSpace(todo), "\n")
	if what == "" {
		what = "write " + bare(name)
	}
	var comment []string
	if more = strings.Trim(more, "\n"); more != "" {
		comment = strings.Split(more, "\n")
	}
	if len(comment) > 0 && len(imported)+len(idle) > 0 {
		comment = append(comment, "")
	}
	for _, part := range []struct {
		title    string
		packages []Import
	}{
		{"The original uses these packages, which are imported above:", imported},
		{"The original uses these packages; import what you need of them:", idle},
	} {
		if len(part.packages) > 0 {
			comment = append(comment, part.title)
		}
		for _, i := range part.packages {
			comment = append(comment, "\t"+i.String())
		}
	}
	var b strings.Builder
	b.WriteString("{\n")
	for _, line := range comment {
		b.WriteString(strings.TrimRight("\t// "+strings.TrimRight(line, " \r"), " ") + "\n")
	}
	b.WriteString("\tpanic(" + strconv.Quote(what) + ")\n}")
	return strings.ReplaceAll(b.String(), "// \t", "//\t")
}
