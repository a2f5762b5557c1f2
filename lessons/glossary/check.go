package glossary

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"drydock/lessons"
)

// Check says what is wrong with terms, given all lessons that there are.
func Check(terms []Term, all []lessons.Lesson) []lessons.Problem {
	var found []lessons.Problem
	add := func(t Term, format string, args ...any) {
		found = append(found, lessons.Problem{File: Path, Line: t.Line, Text: fmt.Sprintf(format, args...)})
	}
	number, named := map[string]int{}, map[string]Term{}
	for _, l := range all {
		number[l.ID] = l.Number
	}
	for _, t := range terms {
		if t.Text == "" {
			add(t, "%q is not explained", t.Name)
		}
		if len(t.Lessons) == 0 {
			add(t, "%q: no lesson explains it", t.Name)
		}
		for i, id := range t.Lessons {
			if _, ok := number[id]; !ok {
				add(t, "%q: %v", t.Name, &lessons.NotFoundError{ID: id})
			} else if i > 0 && number[id] < number[t.Lessons[i-1]] {
				add(t, "%q: lesson %s comes before %s", t.Name, id, t.Lessons[i-1])
			}
		}
		for _, name := range t.Names() {
			if other, ok := named[strings.ToLower(name)]; ok {
				add(t, "%q is a name of %q in line %d, too", name, other.Name, other.Line)
			}
			named[strings.ToLower(name)] = t
		}
	}
	for _, l := range all {
		found = append(found, CheckLesson(terms, l)...)
	}
	return found
}

// bold is a word, or a few, that a lesson prints in bold. A sentence that is stressed
// ends in a full stop or has more of them.
var bold = regexp.MustCompile(`\*\*([^*\s]+(?:\s[^*\s]+){0,2})\*\*`)

// CheckLesson says which terms do not stand in a lesson that is to explain them, and
// what the lesson prints in bold without the glossary having it, once the glossary
// names the lesson.
func CheckLesson(terms []Term, l lessons.Lesson) []lessons.Problem {
	var found []lessons.Problem
	places := Places(terms, l)
	for _, t := range terms {
		stands := slices.ContainsFunc(places, func(p Place) bool { return p.Term.Name == t.Name })
		if slices.Contains(t.Lessons, l.ID) && !stands {
			found = append(found, lessons.Problem{File: Path, Line: t.Line, Text: fmt.Sprintf("%q does not stand in lesson %s", t.Name, l.ID)})
		}
	}
	if len(places) == 0 {
		return found // nobody has begun to keep its words
	}
	for _, b := range prose(l) {
		for n, line := range strings.Split(b.Block.Text, "\n") {
			for _, words := range bold.FindAllStringSubmatch(line, -1) {
				word := words[1]
				t, err := Pick(terms, word)
				if strings.ContainsAny(word[len(word)-1:], ".:?!") || err == nil && slices.Contains(t.Lessons, l.ID) {
					continue
				}
				text := fmt.Sprintf("**%s** is a term that %s lacks: add `## %s {%s}` and what it means there, or print it in *italics*", word, Path, word, l.ID)
				if err == nil {
					text = fmt.Sprintf("**%s** is a term: name this lesson in %s:%d, or print it in *italics*", word, Path, t.Line)
				}
				found = append(found, lessons.Problem{File: l.Path, Line: b.Block.First + n, Text: text})
			}
		}
	}
	return found
}
