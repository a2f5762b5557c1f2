package main

import (
	"slices"
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
	if failsHere(l, machine) {
		text += ", so what it prints is shown as it was recorded"
	}
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

// failsHere reports whether commands of a lesson fail on this machine: their
// recorded output then stands where the learner would have had their own. Without
// Go it is labs that cannot be done.
func failsHere(l lessons.Lesson, machine []sandbox.Finding) bool {
	return slices.ContainsFunc(session.Lacks(l, machine), func(need string) bool { return need != "go" })
}
