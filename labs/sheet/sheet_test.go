package sheet

import (
	"strings"
	"testing"
	"time"

	"drydock/labs/progress"
	"drydock/labs/quiz"
	"drydock/lessons"
)

// The sandbox belongs to the learner: it says what was chosen, never whether it is right.
func TestAnAnswerIsJudgedWhereItIsStored(t *testing.T) {
	store := progress.Open(t.TempDir(), func(line string) { t.Log(line) })
	l, err := lessons.Find("processes")
	if err != nil {
		t.Fatal(err)
	}
	s, unread := Own(store, l, time.Now)
	if unread != nil {
		t.Fatal(unread)
	}
	var out strings.Builder
	if err := s.Serve(&out, []string{"Why?", "[0]"}); err == nil || out.Len() > 0 {
		t.Errorf("a question that is not there: got %v, %q", err, out.String())
	}
	if err := s.Serve(&out, []string{quiz.Key(l.Questions()[0]), `{"right":true}`}); err == nil {
		t.Error("a verdict in the place of a choice was taken")
	}
	right := 0
	for n := range l.Questions()[0].Answers {
		if err := s.Serve(&out, []string{quiz.Key(l.Questions()[0]), "[" + string(rune('0'+n)) + "]"}); err != nil {
			t.Fatal(err)
		}
		again, _ := Own(store, l, time.Now)
		a := again.Answers[quiz.Key(l.Questions()[0])]
		if a.Tries != n+1 {
			t.Errorf("answer %d: got %d tries on record", n, a.Tries)
		}
		if a.Right {
			right++
		}
	}
	if right != 1 {
		t.Errorf("of all answers to a question with one right answer, %d were", right)
	}
}
