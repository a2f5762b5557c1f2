package fault

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// Words are patterns, of which an answer has to have one. In YAML they are one
// line, with | between them:
//
//	NOT … wait|forget … wait|stopped
//
// A pattern is some words in this order. A word of four letters and more stands
// for every word that begins with it (wait for waits and waiting), … for up to
// four words, and NOT for whatever denies: not, never, nobody, n't, without.
//
// Denied, a pattern does not count: "it is not stopped" has no `stopped`. A denial
// reaches no further than its clause: "not dead, stopped" has one.
type Words []pattern

type pattern []string

// The words of a pattern that mean more than themselves.
const (
	gap     = "…"
	denial  = "NOT"
	longGap = 4 // words
)

// pause stands among the words that were said for what ends a clause.
const pause = ","

// UnmarshalYAML reads the line.
func (w *Words) UnmarshalYAML(n *yaml.Node) error {
	var line string
	if err := n.Decode(&line); err != nil {
		return err
	}
	for text := range strings.SplitSeq(line, "|") {
		if p := strings.Fields(text); len(p) > 0 {
			*w = append(*w, p)
		}
	}
	return nil
}

// in reports whether one of the patterns is among the words that were said.
func (w Words) in(said []string) bool {
	return w.found(said, func(p pattern, before []string) bool { return p[0] == denial || !denied(before) })
}

// namedIn reports the same, denied or not: "it is not in mountinfo" says where
// one has to look.
func (w Words) namedIn(said []string) bool {
	return w.found(said, func(pattern, []string) bool { return true })
}

// found looks for a pattern that counts after the words before it.
func (w Words) found(said []string, counts func(p pattern, before []string) bool) bool {
	return slices.ContainsFunc(w, func(p pattern) bool {
		for at := range said {
			if p.at(said[at:]) && counts(p, said[:at]) {
				return true
			}
		}
		return false
	})
}

// at reports whether the pattern begins with the first of the words.
func (p pattern) at(said []string) bool {
	for len(p) > 0 && len(said) > 0 && said[0] == pause {
		said = said[1:] // "courier: T" says as much as "courier T"
	}
	switch {
	case len(p) == 0:
		return true
	case p[0] == gap:
		for skipped := 0; ; skipped++ {
			if p[1:].at(said) {
				return true
			}
			if said = afterWord(said); said == nil || skipped == longGap {
				return false
			}
		}
	}
	return len(said) > 0 && means(p[0], said[0]) && p[1:].at(said[1:])
}

// afterWord is what was said after the first word; nil when there is none.
func afterWord(said []string) []string {
	for i, word := range said {
		if word != pause {
			return said[i+1:]
		}
	}
	return nil
}

func means(word, said string) bool {
	switch {
	case word == denial:
		return denies(said)
	case len(word) < 4:
		return said == word
	}
	return strings.HasPrefix(said, word)
}

// denied reports whether one of the last two words before denies what follows in
// the same clause: "is not stopped", "is not really stopped".
func denied(before []string) bool {
	for n := 1; n <= 2 && n <= len(before); n++ {
		switch word := before[len(before)-n]; {
		case word == pause:
			return false
		case denies(word):
			return true
		}
	}
	return false
}

func denies(word string) bool {
	return slices.Contains([]string{"not", "never", "no", "nobody", "none", "nothing", "without", "nor", "neither", "cannot", "isnt", "doesnt", "wont", "didnt", "dont"}, word)
}

// clauses matches what ends a clause: a mark with a blank behind it, which a path
// or a number has not, or a "but".
var clauses = regexp.MustCompile(`[,;:.!?)]+(\s|$)|\s[–—-]+\s|\bbut\b`)

// tokens are the words of a text: small letters and digits, n't as not, and a pause
// between two clauses.
func tokens(text string) []string {
	text = strings.ToLower(strings.ReplaceAll(text, "’", "'"))
	text = strings.ReplaceAll(text, "n't", " not")
	var all []string
	for n, clause := range clauses.Split(text, -1) {
		words := strings.FieldsFunc(clause, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if n > 0 && len(all) > 0 && len(words) > 0 {
			all = append(all, pause)
		}
		all = append(all, words...)
	}
	return all
}
