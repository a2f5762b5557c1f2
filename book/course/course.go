// Package course is the map of the course: its parts and their lessons in order,
// those that are there and those that are still to come.
//
//	for _, part := range course.Parts(all) { … }
package course

import (
	_ "embed" // the map is a file beside this one
	"strings"

	"drydock/lessons"
)

//go:embed course.txt
var text string

// Part is one part of the course.
type Part struct {
	Title   string
	Lessons []Entry
}

// Entry is one lesson of the map.
type Entry struct {
	ID     string
	Idea   string
	Lesson *lessons.Lesson // nil as long as it is not written
}

// Parts returns the parts with the lessons that are there. A lesson that the map
// does not have stands in a part of its own, so that none is lost.
func Parts(all []lessons.Lesson) []Part {
	written := map[string]*lessons.Lesson{}
	for i := range all {
		written[all[i].ID] = &all[i]
	}
	var parts []Part
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		id, idea, isLesson := strings.Cut(line, ": ")
		switch title, isPart := strings.CutPrefix(line, "# "); {
		case isPart:
			parts = append(parts, Part{Title: title})
		case isLesson:
			last := &parts[len(parts)-1]
			last.Lessons = append(last.Lessons, Entry{id, idea, written[id]})
			delete(written, id)
		}
	}
	var more Part
	for i := range all {
		if l := written[all[i].ID]; l != nil {
			more.Lessons = append(more.Lessons, Entry{l.ID, l.Summary, l})
		}
	}
	if more.Title = "More"; len(more.Lessons) > 0 {
		parts = append(parts, more)
	}
	return parts
}
