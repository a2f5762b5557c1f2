package lessons

import "strings"

// A beat's marks in the file: comments, so that a lesson reads as ordinary
// markdown wherever it is shown.
const (
	beatMark    = "<!-- beat -->"
	predictMark = "<!-- predict -->"
	asks        = "**Before you run it:**" // a paragraph that asks for a prediction
)

// Break ends a beat: a line of its own, `<!-- beat -->` or `<!-- predict -->`.
type Break struct {
	Span
	Predict bool // the learner says what they expect before they go on
}

// Beat is what a learner reads at once: a thought, a question, or commands to
// type. It ends where they predict or do.
type Beat struct {
	Blocks  []Block
	Opens   bool // it is the first under the step's heading
	Predict bool // it ends with a question, whose answer stands in a later beat
}

// Beats returns the beats of step n, the first being 1. The introduction comes
// before those of the first step.
func (l Lesson) Beats(n int) []Beat {
	beats := beatsOf(l.Steps[n-1].Blocks)
	beats[0].Opens = true
	if n == 1 && len(l.Intro) > 0 {
		beats = append(beatsOf(l.Intro), beats...)
	}
	return beats
}

// BeatCounts says how many beats each step has.
func (l Lesson) BeatCounts() []int {
	counts := make([]int, len(l.Steps))
	for i := range counts {
		counts[i] = len(l.Beats(i + 1))
	}
	return counts
}

// beatsOf splits blocks at their breaks. There is one beat at least.
func beatsOf(blocks []Block) []Beat {
	beats, ended := []Beat{{}}, false
	for _, b := range blocks {
		last := &beats[len(beats)-1]
		if br, ok := b.(Break); ok {
			last.Predict, ended = br.Predict, true
			continue
		}
		if ended {
			beats, ended = append(beats, Beat{}), false
			last = &beats[len(beats)-1]
		}
		last.Blocks = append(last.Blocks, b)
	}
	return beats
}

// Question is the text that a beat with a prediction ends in: the last
// paragraph, under which the prediction is kept.
func (b Beat) Question() string {
	if !b.Predict {
		return ""
	}
	for i := len(b.Blocks) - 1; i >= 0; i-- {
		if p, ok := b.Blocks[i].(Prose); ok {
			return lastParagraph(p.Text)
		}
	}
	return ""
}

// Asked is the question that a prediction at beat i is for: its own, or that of the
// beat before, which was passed by, where i has the commands to it. "" for none.
func Asked(beats []Beat, i int) (question string, passed bool) {
	i = min(i, len(beats)-1)
	if question = beats[i].Question(); question == "" && i > 0 && beats[i].Types() {
		return beats[i-1].Question(), true
	}
	return question, false
}

// Types reports whether the beat has the learner type something.
func (b Beat) Types() bool {
	for _, each := range b.Blocks {
		if _, ok := each.(Console); ok {
			return true
		}
	}
	return false
}

// lastParagraph is what stands after the last blank line.
func lastParagraph(text string) string {
	paragraphs := strings.Split(text, "\n\n")
	return strings.TrimSpace(paragraphs[len(paragraphs)-1])
}

// Answered is the question that beat i answers, "" for none: asked in the beat
// before, or before that one where what to type stands between the two.
func Answered(beats []Beat, i int) string {
	if i >= 1 && beats[i-1].Predict {
		if beats[i].Types() {
			return ""
		}
		return beats[i-1].Question()
	}
	if i >= 2 && beats[i-1].Types() {
		return beats[i-2].Question()
	}
	return ""
}
