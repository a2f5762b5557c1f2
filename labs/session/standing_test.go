package session

import (
	"slices"
	"testing"
	"time"

	"drydock/labs"
	"drydock/labs/progress"
	"drydock/labs/quiz"
	"drydock/lessons"
	"drydock/mini-docker/sandbox"
)

func standingOf(t *testing.T, id string, s *progress.State, machine ...sandbox.Finding) Standing {
	t.Helper()
	l, err := lessons.Find(id)
	if err != nil {
		t.Fatal(err)
	}
	all, err := labs.Labs()
	if err != nil {
		t.Fatal(err)
	}
	return Standings([]lessons.Lesson{l}, all, s, machine)[0]
}

func TestALessonIsDoneWhenItsQuestionsAreToo(t *testing.T) {
	var s progress.State
	if in := standingOf(t, "limits", &s); in.Word() != "" || in.Begun() {
		t.Errorf("never opened: got %q", in.Word())
	}
	s.Open("limits", 2, time.Now())
	if in := standingOf(t, "limits", &s); in.Word() != "step 2 of 10" && in.Step != 2 {
		t.Errorf("opened: got %q", in.Word())
	}
	record := s.Lesson("limits")
	for _, l := range standingOf(t, "limits", &s).Labs {
		record.Lab(l.ID).Pass(time.Now())
	}
	in := standingOf(t, "limits", &s)
	if in.Done() || len(in.Left()) != 1 {
		t.Errorf("without the questions: got done %v, left %v", in.Done(), in.Left())
	}
	for _, q := range in.Lesson.Questions() {
		record.Answer(quiz.Key(q), nil, true, time.Now())
	}
	if in := standingOf(t, "limits", &s); !in.Done() || in.Word() != "done" || len(in.Left()) != 0 {
		t.Errorf("with the questions: got %q, left %v", in.Word(), in.Left())
	}
	record.Answer(quiz.Key(in.Lesson.Questions()[0]), nil, false, time.Now())
	if standingOf(t, "limits", &s).Done() {
		t.Error("with a question answered wrong it is done")
	}
}

func TestWhatAMachineCannotDoIsNotLeft(t *testing.T) {
	var s progress.State
	record := s.Lesson("limits")
	lacking := sandbox.Finding{Name: "cgroup memory", Detail: "no cgroups"}
	in := standingOf(t, "limits", &s, lacking)
	at := slices.IndexFunc(in.Labs, func(l LabStanding) bool { return l.Impossible })
	if at < 0 || in.Labs[at].ID != "limits/memory-eater" || in.Labs[at].Word() != "not here" || !slices.Equal(in.Lacks, []string{"cgroup memory"}) {
		t.Fatalf("got labs %+v, lacks %v, want the memory eater impossible", in.Labs, in.Lacks)
	}
	for _, l := range in.Labs {
		if !l.Impossible {
			record.Lab(l.ID).Pass(time.Now())
		}
	}
	for _, q := range in.Lesson.Questions() {
		record.Answer(quiz.Key(q), nil, true, time.Now())
	}
	s.Open("limits", 1, time.Now())
	if !standingOf(t, "limits", &s, lacking).Done() || standingOf(t, "limits", &s).Done() {
		t.Error("want it done without cgroups, and not done with them")
	}
	goless := standingOf(t, "pids", &s, sandbox.Finding{Name: "go"})
	if !goless.Labs[0].Impossible {
		t.Error("without Go a build lab is possible")
	}
}
