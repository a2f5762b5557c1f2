// Package quiz asks a lesson's questions: what a line that was typed chooses, and
// whether that is right.
//
//	for _, item := range quiz.New(lesson) {
//		// show item.Text and item.Choices(), read a line
//		chosen, err := item.Read(line)
//		right := item.Right(chosen)
//	}
//
// The answers stand in the order of the lesson's page. What is stored are the
// places that they have in the lesson's file.
//
// The package neither prints nor stores: cmd/drydock does.
package quiz

import (
	"fmt"
	"slices"
	"strings"

	"drydock/lessons"
)

// Item is a question with its answers in the order in which they are shown.
type Item struct {
	lessons.Question
	order []int // of what is shown first, second …: the index into Answers
}

// New returns the questions of a lesson.
func New(l lessons.Lesson) []Item {
	var items []Item
	for _, q := range l.Questions() {
		items = append(items, Item{Question: q, order: q.Order()})
	}
	return items
}

// Key is what the answers to a question are stored under: its first line, which
// stays when questions move.
func Key(q lessons.Question) string {
	first, _, _ := strings.Cut(q.Text, "\n")
	return strings.TrimSpace(first)
}

// Choices returns the answers as they are shown: the first is a, the second b.
func (i Item) Choices() []lessons.Answer { return i.Shown() }

// Several reports whether more than one answer is right.
func (i Item) Several() bool { return len(i.rightOnes()) > 1 }

// Letters names the places of answers as the learner sees them: "a", "a and c".
func (i Item) Letters(answers []int) string {
	var letters []string
	for at, answer := range i.order {
		if slices.Contains(answers, answer) {
			letters = append(letters, string(rune('a'+at)))
		}
	}
	return strings.Join(letters, " and ")
}

// Read understands what was typed: "b", "B)", "a c", "ac", "a, c". It returns
// indexes into Answers, sorted.
func (i Item) Read(line string) ([]int, error) {
	var chosen []int
	for _, r := range strings.ToLower(strings.ReplaceAll(line, " and ", " ")) {
		switch at := int(r - 'a'); {
		case strings.ContainsRune(" \t,.;:+()&", r):
		case at < 0 || at >= len(i.order):
			return nil, fmt.Errorf("%q is not among the answers: type a letter from a to %c", strings.TrimSpace(line), 'a'+len(i.order)-1)
		case !slices.Contains(chosen, i.order[at]):
			chosen = append(chosen, i.order[at])
		}
	}
	slices.Sort(chosen)
	switch {
	case len(chosen) == 0:
		return nil, fmt.Errorf("type a letter from a to %c", 'a'+len(i.order)-1)
	case len(chosen) > 1 && !i.Several():
		return nil, fmt.Errorf("one answer is right here: decide between %s", i.Letters(chosen))
	}
	return chosen, nil
}

// Right reports whether these are the right answers, all of them and no other.
func (i Item) Right(chosen []int) bool { return Right(i.Question, chosen) }

// Right is Item.Right for a question by itself. An index that the
// question does not have is never right.
func Right(q lessons.Question, chosen []int) bool {
	chosen = slices.Sorted(slices.Values(chosen))
	return slices.Equal(slices.Compact(chosen), Item{Question: q}.rightOnes())
}

// Missed returns the right answers that were not chosen.
func (i Item) Missed(chosen []int) []int {
	return slices.DeleteFunc(i.rightOnes(), func(a int) bool { return slices.Contains(chosen, a) })
}

// rightOnes returns the indexes of the right answers, ascending.
func (i Item) rightOnes() []int {
	var right []int
	for n, a := range i.Answers {
		if a.Right {
			right = append(right, n)
		}
	}
	return right
}
