package course

import (
	"strings"
	"testing"

	"drydock/lessons"
)

func TestEveryLessonStandsInThePartItBelongsTo(t *testing.T) {
	all, err := lessons.Lessons()
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, part := range Parts(all) {
		if part.Title == "More" {
			t.Errorf("the map lacks %s", part.Lessons[0].ID)
		}
		for _, entry := range part.Lessons {
			if entry.Idea == "" {
				t.Errorf("lesson %s of the map is about nothing", entry.ID)
			}
			if entry.Lesson != nil {
				order = append(order, entry.Lesson.ID)
			}
		}
	}
	var want []string
	for _, l := range all {
		want = append(want, l.ID)
	}
	if got := strings.Join(order, " "); got != strings.Join(want, " ") {
		t.Errorf("the map has them in the order %s, want %s", got, strings.Join(want, " "))
	}
}

func TestALessonThatTheMapLacksIsNotLost(t *testing.T) {
	parts := Parts([]lessons.Lesson{{ID: "pids"}, {ID: "extra", Summary: "more"}})
	last := parts[len(parts)-1]
	if last.Title != "More" || len(last.Lessons) != 1 || last.Lessons[0].ID != "extra" || last.Lessons[0].Idea != "more" {
		t.Errorf("got %+v, want the lesson in a part of its own", last)
	}
}
