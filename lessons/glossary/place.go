package glossary

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"drydock/lessons"
)

// Place is where a term stands in a lesson: from Start to End of the text of one
// block of prose.
type Place struct {
	Term       Term
	Block      lessons.Prose
	Step       int // in which it is read, from 1
	Start, End int
}

// Places returns where in a lesson each term stands that it explains, in the
// lesson's order: where it is printed in bold, otherwise where it stands first, and in
// code where it stands nowhere else.
// No two of them overlap: "mount namespace" is not also a place of "namespace".
func Places(terms []Term, l lessons.Lesson) []Place {
	explained := slices.DeleteFunc(slices.Clone(terms), func(t Term) bool { return !slices.Contains(t.Lessons, l.ID) })
	slices.SortStableFunc(explained, func(a, b Term) int { return len(b.Name) - len(a.Name) })
	blocks := prose(l)
	var all []Place
	for _, t := range explained {
		if p, ok := place(t, blocks, all); ok {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b Place) int {
		return cmp.Or(a.Block.First-b.Block.First, a.Start-b.Start)
	})
	return all
}

// prose is what a learner reads of a lesson, code and output aside, as places that
// are not yet those of a term. The introduction is read with the first step.
func prose(l lessons.Lesson) []Place {
	var blocks []Place
	for i, step := range append([]lessons.Step{{Blocks: l.Intro}}, l.Steps...) {
		if step.Kind == lessons.ReadNextStep {
			continue // titles of books
		}
		for _, b := range step.Blocks {
			if p, ok := b.(lessons.Prose); ok {
				blocks = append(blocks, Place{Block: p, Step: max(i, 1)})
			}
		}
	}
	return blocks
}

// place finds a term in blocks, beside what is taken.
func place(t Term, blocks, taken []Place) (Place, bool) {
	var best Place
	weight := none
	names := pattern(t)
	for _, b := range blocks {
		for _, at := range names.FindAllStringSubmatchIndex(readable(b.Block.Text, t.Names()), -1) {
			p := Place{t, b.Block, b.Step, at[2], at[3]}
			if w := p.weight(); w > weight && !slices.ContainsFunc(taken, p.overlaps) {
				best, weight = p, w
			}
		}
	}
	return best, weight > none
}

func (p Place) overlaps(o Place) bool {
	return o.Block.First == p.Block.First && o.Start < p.End && p.Start < o.End
}

// How a word can stand in a text, the likelier to be what is explained the later.
const (
	none = iota
	inCode
	plain
	inBold
)

// InCode reports whether the word is code, all of it.
func (p Place) InCode() bool { return p.weight() == inCode }

// weight is how the term stands in its place.
func (p Place) weight() int {
	before, behind := p.Block.Text[:p.Start], p.Block.Text[p.End:]
	switch {
	case strings.HasSuffix(before, "**") && strings.HasPrefix(behind, "**"):
		return inBold
	case strings.HasSuffix(before, "`") && strings.HasPrefix(behind, "`"):
		return inCode
	}
	return plain
}

// pattern matches any name of a term, or its plural, as a word of its own: capitals
// in a name are meant, since a Service is not any service.
func pattern(t Term) *regexp.Regexp {
	var forms []string
	for _, name := range t.Names() {
		for _, form := range []string{plural(name), name} {
			quoted := strings.ReplaceAll(regexp.QuoteMeta(form), " ", `\s+`)
			if strings.ToLower(name) == name {
				quoted = "(?i:" + quoted + ")"
			}
			forms = append(forms, quoted)
		}
	}
	return regexp.MustCompile(`(?:^|[^\w/-])(` + strings.Join(forms, "|") + `)(?:$|[^\w-])`)
}

// notRead are code and links, in which no word is taken for a term.
var notRead = regexp.MustCompile("`[^`]*`|\\[[^\\]]*\\]\\([^)]*\\)")

// readable is a text in which blanks stand for what is not read. Code that is a
// name as it is stays, without its marks.
func readable(text string, names []string) string {
	return notRead.ReplaceAllStringFunc(text, func(part string) string {
		if code := strings.Trim(part, "`"); slices.Contains(names, code) {
			return " " + code + " "
		}
		return strings.Repeat(" ", len(part))
	})
}
