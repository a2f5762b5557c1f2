package main

import (
	"strings"

	"drydock/labs"
	"drydock/labs/session"
	"drydock/lessons"
	"drydock/mini-docker/sandbox"
)

// tellLacks says what of a lesson will not work on this machine, and why, before
// the learner finds it out command by command.
func (t *tutor) tellLacks(l lessons.Lesson, of []labs.Lab, machine []sandbox.Finding) {
	missing := session.Lacks(l, machine)
	if len(missing) == 0 {
		return
	}
	t.say("Missing on this machine: %s (%s).\n", strings.Join(missing, ", "), strings.Join(session.WhyLacking(missing, machine), "; "))
	text := "What needs it will fail here"
	var without []string
	for _, lab := range of {
		if session.Impossible(lab, machine) {
			without = append(without, lab.ID)
		}
	}
	if len(without) > 0 {
		text += ", and lab " + strings.Join(without, ", lab ") + " cannot be done"
	}
	t.say("%s. What helps: %s\n", text, t.outside("doctor"))
}
