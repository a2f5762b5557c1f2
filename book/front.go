package book

import (
	"fmt"

	"drydock/book/course"
)

// chapter is a part of the course with what the front page sums up of it.
type chapter struct {
	course.Part
	Anchor  string
	Written int // lessons that are there
	Minutes int // for one who works alone
}

// front makes the first page: what the course is, for whom, what it needs, its map,
// and how a class uses it.
func (b *binder) front() error {
	var parts []chapter
	for i, part := range course.Parts(b.Lessons) {
		c := chapter{Part: part, Anchor: fmt.Sprintf("part-%d", i)}
		for _, e := range part.Lessons {
			if e.Lesson != nil {
				c.Written++
				c.Minutes += e.Lesson.Minutes
			}
		}
		parts = append(parts, c)
	}
	picture, err := Screen(b.Lessons)
	if err != nil {
		return err
	}
	minutes := 0
	for _, l := range b.Lessons {
		minutes += l.Minutes
	}
	return b.add("front", page{Path: "index.html", Title: "Drydock", Body: map[string]any{
		"Parts": parts, "Minutes": minutes, "Hours": (minutes + 30) / 60, "Lessons": len(b.Lessons), "Labs": len(b.Labs), "Picture": picture,
	}})
}
