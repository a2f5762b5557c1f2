package quiz

import (
	"slices"
	"strings"
	"testing"

	"drydock/lessons"
)

func question(text string, answers ...string) lessons.Question {
	q := lessons.Question{Text: text}
	for _, a := range answers {
		word, right := strings.CutPrefix(a, "+")
		q.Answers = append(q.Answers, lessons.Answer{Text: word, Right: right})
	}
	return q
}

// item is a question whose answers are shown in the file's order.
func item(q lessons.Question) Item {
	i := Item{Question: q}
	for n := range q.Answers {
		i.order = append(i.order, n)
	}
	return i
}

func TestReadChoosesInTheFilesOrder(t *testing.T) {
	i := Item{Question: question("q", "+zero", "one", "+two"), order: []int{2, 0, 1}}
	for line, want := range map[string][]int{
		"a": {2}, " B) ": {0}, "c": {1}, "ab": {0, 2}, "b, a": {0, 2}, "a and b": {0, 2}, "aa": {2},
	} {
		if got, err := i.Read(line); err != nil || !slices.Equal(got, want) {
			t.Errorf("Read(%q): got %v, %v, want %v", line, got, err, want)
		}
	}
	if got := i.Letters([]int{0, 2}); got != "a and b" {
		t.Errorf("Letters: got %q", got)
	}
}

func TestReadSaysWhatItWants(t *testing.T) {
	one := item(question("q", "+zero", "one"))
	for line, want := range map[string]string{
		"": "from a to b", "x": `"x" is not among`, "1": "is not among", "a b": "decide between a and b", "yes": "is not among",
	} {
		if got, err := one.Read(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Read(%q): got %v, %v, want an error with %q", line, got, err, want)
		}
	}
}

func TestRightWantsAllAndNoOther(t *testing.T) {
	i := item(question("q", "+zero", "one", "+two"))
	for _, test := range []struct {
		chosen []int
		right  bool
	}{
		{[]int{0, 2}, true}, {[]int{2, 0, 0}, true}, {[]int{0}, false}, {[]int{0, 1, 2}, false},
		{nil, false}, {[]int{0, 2, 9}, false},
	} {
		if got := i.Right(test.chosen); got != test.right {
			t.Errorf("Right(%v): got %v", test.chosen, got)
		}
	}
	if got := i.Missed([]int{1, 2}); !slices.Equal(got, []int{0}) {
		t.Errorf("Missed: got %v, want [0]", got)
	}
}

func TestKeyIsTheFirstLine(t *testing.T) {
	if got := Key(question(" What is it?\n\n    code")); got != "What is it?" {
		t.Errorf("got %q", got)
	}
}
