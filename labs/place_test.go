package labs

import (
	"testing"

	"drydock/lessons"
)

// mounts is a lesson that has its labs in another order than their names.
func mounts(t *testing.T) []Place {
	t.Helper()
	all, err := Labs()
	if err != nil {
		t.Fatal(err)
	}
	l, err := lessons.Find("mounts")
	if err != nil {
		t.Fatal(err)
	}
	return Places(all, l)
}

func TestLabsComeInTheOrderOfTheLesson(t *testing.T) {
	places := mounts(t)
	want := []string{"mounts/private-tmp", "mounts/pivot-root", "mounts/leak"}
	if len(places) != len(want) {
		t.Fatalf("got %d labs, want %d", len(places), len(want))
	}
	for n, p := range places {
		if p.ID != want[n] || n > 0 && p.Step <= places[n-1].Step {
			t.Errorf("lab %d: got %s at step %d, want %s", n+1, p.ID, p.Step, want[n])
		}
	}
}

func TestTheLabThatIsMeantIsTheOneOfTheStep(t *testing.T) {
	places := mounts(t)
	tmp, pivot, leak := places[0], places[1], places[2]
	for _, test := range []struct {
		step   int
		passed []string
		want   Place
	}{
		{0, nil, tmp},
		{0, []string{tmp.ID}, pivot},
		{1, nil, tmp},
		{1, []string{tmp.ID}, tmp},
		{tmp.Step, []string{tmp.ID}, tmp},
		{tmp.Step + 1, nil, tmp},
		{tmp.Step + 1, []string{tmp.ID}, tmp},
		{pivot.Step, nil, pivot},
		{leak.Step, nil, leak},
		{leak.Step + 1, nil, leak},
		{leak.Step + 1, []string{leak.ID}, pivot},
		{leak.Step + 1, []string{leak.ID, pivot.ID}, tmp},
		{leak.Step + 1, []string{leak.ID, pivot.ID, tmp.ID}, leak},
	} {
		passed := map[string]bool{}
		for _, id := range test.passed {
			passed[id] = true
		}
		if got := At(places, test.step, func(l Lab) bool { return passed[l.ID] }); got.ID != test.want.ID {
			t.Errorf("step %d, passed %v: got %s, want %s", test.step, test.passed, got.ID, test.want.ID)
		}
	}
}
