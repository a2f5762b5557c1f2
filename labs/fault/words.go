package fault

import (
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
// four words, and NOT for whatever denies: not, never, no, n't, without.
//
// Denied, a pattern does not count: "it is not stopped" has no `stopped`.
type Words []pattern

type pattern []string

// The words of a pattern that mean more than themselves.
const (
	gap     = "…"
	denial  = "NOT"
	longGap = 4 // words
)

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
	switch {
	case len(p) == 0:
		return true
	case p[0] == gap:
		for skipped := range min(longGap, len(said)) + 1 {
			if p[1:].at(said[skipped:]) {
				return true
			}
		}
		return false
	}
	return len(said) > 0 && means(p[0], said[0]) && p[1:].at(said[1:])
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

// denied reports whether one of the last two words before denies what follows:
// "is not stopped", "is not really stopped".
func denied(before []string) bool {
	return slices.ContainsFunc(before[max(0, len(before)-2):], denies)
}

func denies(word string) bool {
	return slices.Contains([]string{"not", "never", "no", "without", "nor", "neither", "cannot", "isnt", "doesnt", "wont", "didnt", "dont"}, word)
}

// tokens are the words of a text: small letters and digits, n't as not.
func tokens(text string) []string {
	text = strings.ToLower(strings.ReplaceAll(text, "’", "'"))
	text = strings.ReplaceAll(text, "n't", " not")
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
