// Package glossary holds the words of the course: one file, glossary.md, in which
// each term has a few sentences and the lessons that explain it.
//
//	terms, err := glossary.Terms()
//	term, err := glossary.Pick(terms, "PID")
//	for _, p := range glossary.Places(terms, lesson) { … } // where they stand in it
//
// The terminal and the book show the same file, and Check holds it and the lessons
// together: a term stands in the lessons that it names, and what a lesson prints in
// bold is a term.
package glossary

import (
	_ "embed" // the terms are a file beside this one
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"drydock/lessons/near"
)

//go:embed glossary.md
var source string

// Path is where the file stands in the module, for problems.
const Path = "lessons/glossary/glossary.md"

// Term is one word of the course.
type Term struct {
	Name    string
	Also    []string // other names of the same thing
	Lessons []string // ids of those that explain it, where it first stands in front
	Text    string   // markdown: a few sentences
	Line    int      // of its heading
}

// Names are all names of the term, its own in front.
func (t Term) Names() []string { return append([]string{t.Name}, t.Also...) }

// Anchor is the term's name as it may stand in an address.
func (t Term) Anchor() string {
	words := strings.FieldsFunc(strings.ToLower(t.Name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.Join(words, "-")
}

// Terms returns the built-in terms in the order of their names.
func Terms() ([]Term, error) { return Parse(source) }

// Load reads the terms of a module on disk, where an author is writing them.
func Load(module fs.FS) ([]Term, error) {
	text, err := fs.ReadFile(module, Path)
	if err != nil {
		return nil, fmt.Errorf("reading the glossary: %w", err)
	}
	return Parse(string(text))
}

// heading is the first line of a term: its names, and the lessons in braces.
var heading = regexp.MustCompile(`^## ([^{}]*[^{} ]) \{([^{}]*)\}$`)

// Parse reads terms, each a heading `## NAME, OTHER NAME {LESSON …}` with its text
// below, and sorts them by name. What stands above the first is for authors.
func Parse(text string) ([]Term, error) {
	var terms []Term
	line := 0
	for each := range strings.Lines(text) {
		line++
		each = strings.TrimSuffix(each, "\n")
		switch found := heading.FindStringSubmatch(each); {
		case found != nil:
			names := strings.Split(found[1], ", ")
			terms = append(terms, Term{Name: names[0], Also: names[1:], Lessons: strings.Fields(found[2]), Line: line})
		case strings.HasPrefix(each, "## "):
			return nil, fmt.Errorf("%s:%d: a term's heading is `## NAME, OTHER NAME {LESSON …}`", Path, line)
		case len(terms) > 0:
			terms[len(terms)-1].Text += each + "\n"
		}
	}
	for i := range terms {
		terms[i].Text = strings.TrimSpace(terms[i].Text)
	}
	slices.SortStableFunc(terms, func(a, b Term) int { return strings.Compare(a.Anchor(), b.Anchor()) })
	return terms, nil
}

// NotFoundError reports a word that is not in the glossary.
type NotFoundError struct {
	Word string
	Near []string // terms that look like it, nearest first
}

// Error names the near terms.
func (e *NotFoundError) Error() string {
	if len(e.Near) == 0 {
		return fmt.Sprintf("no term %q: `drydock glossary` lists them", e.Word)
	}
	return fmt.Sprintf("no term %q: did you mean %s?", e.Word, strings.Join(e.Near, " or "))
}

// Pick returns the term that has a name, in capitals or not, in the singular or
// the plural. The error is a *NotFoundError.
func Pick(terms []Term, name string) (Term, error) {
	var names []string
	for _, t := range terms {
		if slices.ContainsFunc(t.Names(), func(n string) bool { return is(name, n) }) {
			return t, nil
		}
		names = append(names, t.Names()...)
	}
	return Term{}, &NotFoundError{name, near.Names(name, names)}
}

// is reports whether a word is a name or its plural.
func is(word, name string) bool {
	return strings.EqualFold(word, name) || strings.EqualFold(word, plural(name))
}

func plural(name string) string {
	switch stem, isY := strings.CutSuffix(name, "y"); {
	case isY && !strings.HasSuffix(stem, "a") && !strings.HasSuffix(stem, "e"):
		return stem + "ies"
	case strings.HasSuffix(name, "s"):
		return name + "es"
	}
	return name + "s"
}
