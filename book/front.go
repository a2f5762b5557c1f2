package book

import (
	"html/template"

	"drydock/book/course"
)

// front makes the first page: what the course is, for whom, what it needs, its map.
func (b *binder) front() error {
	parts := course.Parts(b.Lessons)
	minutes := 0
	for _, l := range b.Lessons {
		minutes += l.Minutes
	}
	return b.add("front", page{Path: "index.html", Title: "Drydock", Body: map[string]any{
		"Parts": parts, "Minutes": minutes, "Hours": (minutes + 30) / 60, "Lessons": len(b.Lessons), "Labs": len(b.Labs), "Picture": b.picture(),
	}})
}

// pictured is the lesson that the picture of the terminal is drawn from.
const pictured = "pids"

// picture draws the first piece of a lesson in which a program meets what it has
// not expected.
func (b *binder) picture() template.HTML {
	l := b.written(pictured)
	if l == nil {
		return ""
	}
	for _, c := range l.Consoles() {
		if c.Skip == "" && len(c.Commands) > 1 {
			return Terminal("drydock · lesson "+l.ID+": "+l.Title, c)
		}
	}
	return ""
}
