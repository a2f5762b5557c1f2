package fault

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// mostWords is how long a typed answer may be. Who names everything that could
// be wrong has found nothing.
const mostWords = 60

// Verdict is what a typed answer is worth.
type Verdict struct {
	Right bool
	Say   string // for the learner; "" when right
}

// Judge reads an answer that a learner has typed. others are all faults of the
// lab: an answer that fits another one too has not decided between them.
func (f Fault) Judge(answer string, others []Fault) Verdict {
	said := tokens(answer)
	switch {
	case len(said) == 0:
		return Verdict{Say: "Say in a few words what the cause is."}
	case len(said) > mostWords:
		return Verdict{Say: fmt.Sprintf("Say it in one or two sentences: %d words are more than one cause needs.", len(said))}
	}
	missing := f.missing(said)
	if len(missing) == 0 {
		for _, other := range others {
			if other.Name != f.Name && len(other.missing(said)) == 0 {
				return Verdict{Say: "You name more than one cause. Which of them is it?"}
			}
		}
		return Verdict{Right: true}
	}
	if !slices.ContainsFunc(missing, func(p Part) bool { return !p.Proof }) {
		return Verdict{Say: "So it is. How do you know? What is missing: " + whats(missing) + "."}
	}
	if f.blamesAnother(missing, said, others) {
		return Verdict{Say: "Not that one: what is wrong is with another. Look at each of them in the same way, and compare."}
	}
	for _, near := range f.Near {
		if near.Words.in(said) {
			return Verdict{Say: near.Say}
		}
	}
	if f.isOtherwise(said, others) {
		return Verdict{Say: "That would be another fault, and it is not this one. Begin with what does not work here."}
	}
	if len(missing) < len(f.Parts) {
		return Verdict{Say: "That is part of it. What is missing: " + whats(missing) + "."}
	}
	return Verdict{Say: "That is not the cause, or not in words that are understood here."}
}

// blamesAnother reports whether an answer names, for a part that it misses, what is
// the cause in another fault of the lab: the wrong service, of several.
func (f Fault) blamesAnother(missing []Part, said []string, others []Fault) bool {
	for _, p := range missing {
		for _, other := range others {
			for _, theirs := range other.Parts {
				if other.Name != f.Name && theirs.What == p.What && isWhich(p) && theirs.Words.in(said) {
					return true
				}
			}
		}
	}
	return false
}

// isOtherwise reports whether an answer is the whole cause of another fault, and not
// even right about where this one is: what both have to do with is no part of it.
func (f Fault) isOtherwise(said []string, others []Fault) bool {
	if slices.ContainsFunc(f.Parts, func(p Part) bool { return isWhich(p) && p.Words.in(said) }) {
		return false
	}
	return slices.ContainsFunc(others, func(other Fault) bool { return other.Name != f.Name && len(other.missing(said)) == 0 })
}

// isWhich reports whether a part asks for one of several: "which program it is".
func isWhich(p Part) bool {
	return strings.HasPrefix(p.What, "which program") || strings.HasPrefix(p.What, "which service")
}

// missing are the parts that an answer does not say.
func (f Fault) missing(said []string) []Part {
	var missing []Part
	for _, p := range f.Parts {
		if !p.Words.in(said) && (!p.Proof || !p.Words.namedIn(said)) {
			missing = append(missing, p)
		}
	}
	return missing
}

// whats names parts, for who has left them out.
func whats(parts []Part) string {
	var names []string
	for _, p := range parts {
		names = append(names, p.What)
	}
	return strings.Join(names, "; ")
}

// Choices lists the causes of all faults, and some that are made up, in an order
// that a seed gives, for who cannot find the words.
func Choices(all []Fault, decoys []string, seed uint64) []string {
	choices := slices.Clone(decoys)
	for _, f := range all {
		choices = append(choices, f.Choice)
	}
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(choices), func(i, j int) {
		choices[i], choices[j] = choices[j], choices[i]
	})
	return choices
}
