package render

import (
	"fmt"
	"strings"

	"drydock/lessons"
)

// MaxBeat is how many lines a beat may have at DefaultWidth: a terminal of 24
// rows shows it whole, with the command before and the prompt after it.
const MaxBeat = 22

// TooTall finds the beats with more than MaxBeat lines, recorded output and
// what stands above and below counted. tasks are those of Options.Tasks.
func TooTall(l lessons.Lesson, tasks map[string]string) []lessons.Problem {
	var found []lessons.Problem
	for n := range l.Steps {
		for i, beat := range l.Beats(n + 1) {
			o := Options{Style: Mono, Inside: true, Tasks: tasks}
			text, err := Beat(l, Spot{Step: n + 1, Beat: i}, o)
			if err != nil {
				return append(found, lessons.Problem{File: l.Path, Line: l.Steps[n].Line, Text: err.Error()})
			}
			if lines := strings.Count(text, "\n"); lines > MaxBeat {
				found = append(found, lessons.Problem{File: l.Path, Line: lineOf(l.Steps[n], beat), Text: fmt.Sprintf(
					"beat %d of step %d has %d lines at %d columns, at most %d: end it earlier with `<!-- beat -->`",
					i+1, n+1, lines, DefaultWidth, MaxBeat)})
			}
		}
	}
	return found
}

// lineOf is where a beat begins in the file.
func lineOf(s lessons.Step, b lessons.Beat) int {
	if len(b.Blocks) == 0 {
		return s.Line
	}
	return b.Blocks[0].Lines().First
}
