package progress

import (
	"testing"
	"time"
)

func TestMoveGoesByBeats(t *testing.T) {
	now := time.Now()
	beats := []int{2, 1, 3}
	tests := []struct {
		step, beat, by     int
		wantStep, wantBeat int
		moved              bool
	}{
		{0, 0, 1, 1, 0, true}, {0, 0, -1, 1, 0, true}, // read as a whole
		{1, 0, 1, 1, 1, true}, {1, 1, 1, 2, 0, true}, {2, 0, 1, 3, 0, true},
		{3, 2, 1, 3, 2, false}, {1, 0, -1, 1, 0, false},
		{3, 0, -1, 2, 0, true}, {2, 0, -1, 1, 1, true}, {1, 1, -1, 1, 0, true},
		{9, 0, 1, 3, 0, true}, // the lesson became shorter
		{1, 9, 1, 2, 0, true}, // the step became shorter
	}
	for _, tt := range tests {
		s := &State{Current: "pids"}
		l := s.Lesson("pids")
		l.Step, l.Beat = tt.step, tt.beat
		if moved := s.Move(tt.by, beats, now); moved != tt.moved || l.Step != tt.wantStep || l.Beat != tt.wantBeat {
			t.Errorf("from %d.%d by %d: got %d.%d, %v, want %d.%d, %v",
				tt.step, tt.beat, tt.by, l.Step, l.Beat, moved, tt.wantStep, tt.wantBeat, tt.moved)
		}
	}
}

func TestAnotherStepBeginsAtItsFirstBeat(t *testing.T) {
	var s State
	s.Open("pids", 2, time.Now())
	s.Lesson("pids").Beat = 1
	if s.Open("pids", 2, time.Now()); s.Lesson("pids").Beat != 1 {
		t.Error("the same step lost its beat")
	}
	if s.Open("pids", 3, time.Now()); s.Lesson("pids").Beat != 0 {
		t.Error("another step kept the beat")
	}
}

func TestPassKeepsTheFirstTime(t *testing.T) {
	var l Lab
	first := time.Unix(1, 0)
	l.Pass(first)
	l.Pass(time.Unix(2, 0))
	if !l.PassedAt.Equal(first) {
		t.Errorf("got %v, want %v", l.PassedAt, first)
	}
}

func TestDir(t *testing.T) {
	tests := []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"HOME": "/home/a"}, "/home/a/.local/state/drydock"},
		{map[string]string{"HOME": "/home/a", "XDG_STATE_HOME": "/s"}, "/s/drydock"},
		{map[string]string{"HOME": "/home/a", "XDG_STATE_HOME": "relative"}, "/home/a/.local/state/drydock"},
		{map[string]string{"XDG_STATE_HOME": "/s", "DRYDOCK_STATE": "/d"}, "/d"},
	}
	for _, tt := range tests {
		got, err := Dir(func(key string) string { return tt.env[key] })
		if err != nil || got != tt.want {
			t.Errorf("%v: got %s, %v, want %s", tt.env, got, err, tt.want)
		}
	}
	if got, err := Dir(func(string) string { return "" }); err == nil {
		t.Errorf("without HOME: got %s, want an error", got)
	}
}

func TestTheFirstAnswerIsRemembered(t *testing.T) {
	var l Lesson
	now := time.Now()
	l.Answer("guessed", []int{1}, true, now)
	l.Answer("guessed", []int{0}, false, now)
	l.Answer("learned", []int{0}, false, now)
	l.Answer("learned", []int{1}, true, now)
	if a := l.Answers["guessed"]; a.Right || !a.FirstRight || a.Tries != 2 {
		t.Errorf("right, then wrong: got %+v", a)
	}
	if a := l.Answers["learned"]; !a.Right || a.FirstRight || a.Tries != 2 {
		t.Errorf("wrong, then right: got %+v", a)
	}
}
