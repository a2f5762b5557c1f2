package verify

import (
	"testing"

	"drydock/labs"
	"drydock/lessons"
	"drydock/lessons/render"
)

// A lab's task is part of its lesson's beat.
func TestTasksOfLabsFitTheScreen(t *testing.T) {
	all, err := lessons.Lessons()
	if err != nil {
		t.Fatal(err)
	}
	of, err := labs.Labs()
	if err != nil {
		t.Fatal(err)
	}
	tasks := map[string]string{}
	for _, lab := range of {
		tasks[lab.ID] = lab.OnPage()
	}
	for _, l := range all {
		for _, p := range render.TooTall(l, tasks) {
			t.Error(p)
		}
	}
}
