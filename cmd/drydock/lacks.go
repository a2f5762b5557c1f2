package main

import (
	"slices"
	"strings"

	"drydock/labs"
	"drydock/labs/session"
	"drydock/lessons"
	"drydock/mini-docker/sandbox"
)

// look finds out what of a lesson does not work on this machine. Without Go it is
// labs that cannot be done, and no command fails.
func (t *tutor) look(l lessons.Lesson, of []labs.Lab, machine []sandbox.Finding) {
	missing := slices.DeleteFunc(session.Lacks(l, machine), func(need string) bool { return need == "go" })
	if t.lacking = ""; len(missing) > 0 {
		t.lacking = "this machine lacks " + strings.Join(missing, ", ")
	}
	t.without = nil
	for _, lab := range of {
		if session.Impossible(lab, machine) {
			t.without = append(t.without, lab.ID)
		}
	}
}

// forHere is a lesson as it can be done on the machine that was looked at.
func (t *tutor) forHere(l lessons.Lesson) lessons.Lesson {
	if t.lacking == "" {
		return l
	}
	return l.Recorded(t.lacking)
}

// tellLacks says what of a lesson will not work on this machine, and why, before
// the learner finds it out command by command.
func (t *tutor) tellLacks(l lessons.Lesson, machine []sandbox.Finding) {
	missing := session.Lacks(l, machine)
	if len(missing) == 0 {
		return
	}
	t.say("Missing on this machine: %s (%s).\n", strings.Join(missing, ", "), strings.Join(session.WhyLacking(missing, machine), "; "))
	text := "What needs it will fail here"
	if t.lacking != "" {
		text += ", so what it prints is shown as it was recorded"
	}
	if len(t.without) > 0 {
		text += ", and lab " + strings.Join(t.without, ", lab ") + " cannot be done"
	}
	t.say("%s. What helps: %s\n", text, t.outside("doctor"))
}
