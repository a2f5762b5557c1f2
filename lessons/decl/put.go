package decl

import (
	"fmt"
	"slices"
	"strings"
)

// Put replaces a file's declaration of a name with text, which must declare
// the same name, adds those of imports that the file lacks, and takes out the
// ones that the replaced text used and nothing uses now. What Get took out of
// a file Put makes whole again.
func Put(src []byte, name string, text string, imports ...Import) ([]byte, error) {
	f, err := parse(src)
	if err != nil {
		return nil, err
	}
	return sourceOf(f.put(name, text, imports))
}

// sourceOf returns a file's text, after edits that may have failed.
func sourceOf(f *file, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return f.print()
}

// put is Put into a file that was read.
func (f *file) put(name, text string, imports []Import) (*file, error) {
	p, err := f.find(name)
	if err != nil {
		return nil, err
	}
	with, err := declaration(name, text)
	if err != nil {
		return nil, err
	}
	if p.grouped {
		doc, code := splitDoc(with)
		rest, ok := strings.CutPrefix(code, p.kind+" ")
		if !ok || strings.HasPrefix(rest, "(") {
			return nil, fmt.Errorf("putting %s: it is one line of a %s block, and the new text is not", name, p.kind)
		}
		with = doc + rest
	}
	used := f.usedIn(p.span, f.uses())
	if f, err = f.apply(edit{p.span, with}); err != nil {
		return nil, fmt.Errorf("putting %s: %w", name, err)
	}
	if f, err = f.pruneIdle(used); err != nil {
		return nil, fmt.Errorf("pruning the imports of %s: %w", name, err)
	}
	return f.importAll(name, imports)
}

// Add appends a declaration to a file that has none of the name.
func Add(src []byte, name string, text string, imports ...Import) ([]byte, error) {
	f, err := parse(src)
	if err != nil {
		return nil, err
	}
	if p, err := f.find(name); err == nil {
		return nil, fmt.Errorf("adding %s: line %d declares it already", name, p.line)
	}
	with, err := declaration(name, text)
	if err != nil {
		return nil, err
	}
	end := span{len(f.src), len(f.src)}
	if f, err = f.apply(edit{end, "\n" + with + "\n"}); err != nil {
		return nil, fmt.Errorf("adding %s: %w", name, err)
	}
	return sourceOf(f.importAll(name, imports))
}

// Remove takes a declaration out, with the imports that fall idle.
func Remove(src []byte, name string) ([]byte, error) {
	f, err := parse(src)
	if err != nil {
		return nil, err
	}
	p, err := f.find(name)
	if err != nil {
		return nil, err
	}
	used := f.usedIn(p.span, f.uses())
	if f, err = f.apply(edit{span: f.lines(p.span)}); err != nil {
		return nil, fmt.Errorf("removing %s: %w", name, err)
	}
	if f, err = f.pruneIdle(used); err != nil {
		return nil, fmt.Errorf("pruning the imports of %s: %w", name, err)
	}
	return f.print()
}

// declaration checks that text is one declaration, of name, and formats it.
func declaration(name, text string) (string, error) {
	const clause = "package p\n\n"
	f, err := parse([]byte(clause + text))
	if err != nil {
		return "", fmt.Errorf("reading the new text of %s: %w", name, err)
	}
	name, err = parseName(name)
	if err != nil {
		return "", err
	}
	if len(f.ast.Decls) != 1 {
		return "", fmt.Errorf("the new text of %s holds %d declarations instead of one", name, len(f.ast.Decls))
	}
	var names []string
	for _, p := range f.places() {
		names = append(names, p.names...)
	}
	if !slices.Contains(names, name) {
		return "", fmt.Errorf("the new text of %s declares %s", name, strings.Join(names, ", "))
	}
	return strings.TrimSpace(strings.TrimPrefix(string(f.src), clause)), nil
}

// importAll adds the imports that the file lacks and returns the file.
func (f *file) importAll(name string, imports []Import) (*file, error) {
	var added []Import
	for _, i := range imports {
		missing, err := f.lacks(i)
		if err == nil && missing {
			added = append(added, i)
			f, err = f.addImport(i)
		}
		if err != nil {
			return nil, fmt.Errorf("importing %s for %s: %w", i.Path, name, err)
		}
	}
	// More may be offered than the text uses.
	f, err := f.pruneIdle(added)
	if err != nil {
		return nil, fmt.Errorf("pruning the imports of %s: %w", name, err)
	}
	return f, nil
}
