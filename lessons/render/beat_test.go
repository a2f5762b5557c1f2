package render

import (
	"fmt"
	"strings"
	"testing"

	"drydock/lessons"
)

// inBeats is a step with a question, what to type, and the answer.
const inBeats = "---\nid: pids\ntitle: T\n---\n## One\nWhat is it?\n<!-- predict -->\n```console\n$ echo 1\n1\n```\n<!-- beat -->\nIt was one.\n"

func beatsLesson(t *testing.T, text string) lessons.Lesson {
	t.Helper()
	l, err := lessons.Parse("lessons/05-pids/lesson.md", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func beat(t *testing.T, l lessons.Lesson, n int, o Options) string {
	t.Helper()
	text, err := Beat(l, Spot{Step: 1, Beat: n}, o)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestABeatHoldsAQuestionOrItsAnswer(t *testing.T) {
	l := beatsLesson(t, inBeats)
	asked, typed := beat(t, l, 0, Options{Inside: true, Quiet: true}), beat(t, l, 1, Options{Inside: true, Quiet: true})
	if !strings.Contains(asked, "What is it?") || strings.Contains(asked, "echo") || !strings.Contains(asked, "type: predict WORDS · next") {
		t.Errorf("the question: got\n%s", asked)
	}
	if !strings.Contains(typed, "Type: echo 1") || strings.Contains(typed, "prints") || !strings.Contains(typed, "· run · show") {
		t.Errorf("what to type, where the learner sees their own output: got\n%s", typed)
	}
	if shown := beat(t, l, 1, Options{Inside: true}); !strings.Contains(shown, "It prints:\n  ") {
		t.Errorf("with the recorded output: got\n%s", shown)
	}
	if last := beat(t, l, 99, Options{}); !strings.Contains(last, "It was one.") {
		t.Errorf("past the last: got\n%s", last)
	}
}

func TestALabIsCheckedFromEachOfItsBeats(t *testing.T) {
	l := beatsLesson(t, "---\nid: pids\ntitle: T\n---\n## Lab: Reap {pids/reaper}\nReap.\n\n<!-- beat -->\n\nNow.\n\n## Two\nText.\n\n<!-- beat -->\n\nMore.\n")
	if got := beat(t, l, 0, Options{Inside: true}); !strings.HasSuffix(got, "type: next (1 more of this lab) · check · hint\n") {
		t.Errorf("the first of two: got\n%s", got)
	}
	if got, err := Beat(l, Spot{Step: 2}, Options{Inside: true}); err != nil || strings.Contains(got, "check") {
		t.Errorf("where there is no lab: got %v and\n%s", err, got)
	}
	if got := beat(t, l, 0, Options{Inside: true, Lacking: "this machine lacks Go", Without: []string{"pids/reaper"}}); strings.Contains(got, "check") {
		t.Errorf("where it cannot be done: got\n%s", got)
	}
}

func TestALabThatCannotBeDoneHereAsksForNoCheck(t *testing.T) {
	l := beatsLesson(t, "---\nid: pids\ntitle: T\n---\n## Lab: Reap {pids/reaper}\nReap.\n\n## Two\nText.\n")
	for _, inside := range []bool{true, false} {
		o := Options{Inside: inside, Lacking: "this machine lacks Go"}
		if got := beat(t, l, 0, o); !strings.Contains(got, "check · ") {
			t.Errorf("inside %v, a lab that can be done: got\n%s", inside, got)
		}
		o.Without = []string{"pids/reaper"}
		got := beat(t, l, 0, o)
		if strings.Contains(got, "check") || strings.Contains(got, "hint") || strings.Contains(got, "start") || !strings.Contains(got, "next\n") {
			t.Errorf("inside %v: got\n%s", inside, got)
		}
	}
}

// One number is enough: the step's, which can be typed behind next. Where its heading
// is not on the screen, its title stands in the line above.
func TestTheLineAboveSaysWhichStepItIs(t *testing.T) {
	l := beatsLesson(t, strings.Replace(inBeats, "## One", "An introduction.\n\n## One", 1)+"\n## Two\nMore.\n")
	for n, want := range []string{"pids 1/2 · T\n", "pids 1/2 · T\n\n\x1b[1m1 · One", "pids 1/2 · One\n", "pids 1/2 · One\n"} {
		got := strings.Join(strings.Fields(beat(t, l, n, Options{Style: Mono})), " ")
		if want = strings.Join(strings.Fields(want), " "); !strings.HasPrefix(got, want) || strings.Contains(got, " of 4") {
			t.Errorf("beat %d: got %q, want it to begin with %q", n, got, want)
		}
	}
}

func TestWhatWasPredictedStandsBesideTheAnswer(t *testing.T) {
	l := beatsLesson(t, inBeats)
	for i, want := range []string{"", "", "What is it?"} {
		if got := lessons.Answered(l.Beats(1), i); got != want {
			t.Errorf("beat %d answers %q, want %q", i, got, want)
		}
	}
	text, err := Beat(l, Spot{Step: 1, Beat: 2, Said: "two"}, Options{})
	if err != nil || !strings.Contains(text, "You predicted: two\n") {
		t.Errorf("got %v and\n%s", err, text)
	}
}

func TestABeatTooTallIsFound(t *testing.T) {
	tall := inBeats + strings.Repeat("\nMore.\n", 10)
	if got := TooTall(beatsLesson(t, inBeats), nil); len(got) > 0 {
		t.Errorf("got %v, want none", got)
	}
	code := inBeats + "<!-- beat -->\n```go a.B\n" + strings.Repeat("x := 1\n", 18) + "```\n"
	if got := fmt.Sprint(TooTall(beatsLesson(t, code), nil)); !strings.Contains(got, ":15: beat 4 of step 1 has 23 lines") {
		t.Errorf("a declaration by itself: got %s", got)
	}
	want := "lessons/05-pids/lesson.md:13: beat 3 of step 1 has "
	if got := fmt.Sprint(TooTall(beatsLesson(t, tall), nil)); !strings.Contains(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBuiltInLessonsFitTheScreen(t *testing.T) {
	all, err := lessons.Lessons()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		for _, p := range TooTall(l, nil) {
			t.Error(p)
		}
	}
}
