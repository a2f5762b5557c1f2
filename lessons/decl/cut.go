package decl

import (
	"fmt"
	"strconv"
	"strings"
)

// Cut takes the body of a function or method out and leaves its doc comment,
// its signature and a body that panics with the first line of todo. Further
// lines of todo, and the packages the body used, stand in a comment there.
//
// Imports that nothing else in the file uses are taken out, since Go refuses
// them, and their paths are returned. Blank and dot imports stay.
func Cut(src []byte, name string, todo string) (out []byte, pruned []string, err error) {
	f, err := parse(src)
	if err != nil {
		return nil, nil, err
	}
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
	used := f.usedIn(body, f.uses())
	f, err = f.apply(edit{body, stub(p.names[0], todo, used)})
	if err != nil {
		return nil, nil, fmt.Errorf("cutting %s: %w", name, err)
	}
	f, idle, err := f.pruneIdle(used)
	if err != nil {
		return nil, nil, fmt.Errorf("pruning the imports of %s: %w", name, err)
	}
	for _, i := range idle {
		pruned = append(pruned, i.Path)
	}
	return f.src, pruned, nil
}

// stub is the body a cut function gets.
func stub(name, todo string, used []Import) string {
	what, more, _ := strings.Cut(strings.TrimSpace(todo), "\n")
	if what == "" {
		what = "write " + bare(name)
	}
	var comment []string
	if more = strings.TrimSpace(more); more != "" {
		comment = strings.Split(more, "\n")
	}
	if len(used) > 0 {
		if len(comment) > 0 {
			comment = append(comment, "")
		}
		comment = append(comment, "The original uses these packages; import what you need of them:")
		for _, i := range used {
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
