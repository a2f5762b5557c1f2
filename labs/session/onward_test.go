package session

import (
	"testing"
	"time"

	"drydock/labs"
	"drydock/labs/progress"
	"drydock/labs/quiz"
	"drydock/lessons"
)

func TestWhatIsNotDoneComesFirst(t *testing.T) {
	all, err := lessons.Lessons()
	if err != nil {
		t.Fatal(err)
	}
	of, err := labs.Labs()
	if err != nil {
		t.Fatal(err)
	}
	var s progress.State
	check := func(when, want string) {
		t.Helper()
		if got := Onward(Standings(all, of, &s, nil)).Lesson.ID; got != want {
			t.Errorf("%s: got %s, want %s", when, got, want)
		}
	}
	atEnd := func(l lessons.Lesson) {
		counts := l.BeatCounts()
		s.Open(l.ID, len(counts), time.Now())
		s.Lesson(l.ID).Beat = counts[len(counts)-1] - 1
	}
	do := func(l lessons.Lesson) {
		atEnd(l)
		for _, lab := range labs.Of(of, l.ID) {
			s.Lesson(l.ID).Lab(lab.ID).Pass(time.Now())
		}
		for _, q := range l.Questions() {
			s.Lesson(l.ID).Answer(quiz.Key(q), nil, true, time.Now())
		}
	}
	check("never before", "tour")
	s.Open("chroot", 4, time.Now())
	check("in the middle", "chroot")
	atEnd(all[2])
	check("at the end", "mounts")
	do(all[3])
	check("done", "hostname-and-ipc")
	s.Open("mounts", 4, time.Now())
	check("done, and being read once more", "mounts")
	atEnd(all[2])
	check("at the end, the next is done", "hostname-and-ipc")
	for _, l := range all[3:] {
		do(l)
	}
	check("all behind it are done", "tour")
	for _, l := range all {
		do(l)
	}
	check("all are done", all[len(all)-1].ID)
	s.Open("gone", 1, time.Now())
	check("in a lesson that is no more", "tour")
}
