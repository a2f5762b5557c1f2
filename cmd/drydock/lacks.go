package main

import (
	"slices"
	"strings"

	"drydock/labs"
	"drydock/lessons"
	"drydock/mini-docker/sandbox"
	"drydock/testscripts"
)

// tellLacks says what of a lesson will not work on this machine, and why, before
// the learner finds it out command by command.
func (t *tutor) tellLacks(l lessons.Lesson, of []labs.Lab, machine []sandbox.Finding) {
	missing := missingNeeds(l, machine)
	if len(missing) == 0 {
		return
	}
	var why []string
	for _, need := range missing {
		for _, f := range machine {
			if f.Name == needFinding[need] && !slices.Contains(why, f.Detail) {
				why = append(why, f.Detail)
			}
		}
	}
	t.say("Missing on this machine: %s (%s).\n", strings.Join(missing, ", "), strings.Join(why, "; "))
	text := "What needs it will fail here"
	if without := withoutThem(of, missing); len(without) > 0 {
		text += ", and lab " + strings.Join(without, ", lab ") + " cannot be done"
	}
	t.say("%s. What helps: %s\n", text, t.outside("doctor"))
}

// withoutThem are the labs that cannot be done where these needs are missing: a
// build lab without Go, and one whose check has to do with limits.
func withoutThem(of []labs.Lab, missing []string) []string {
	var without []string
	for _, l := range of {
		needs := ""
		if l.Kind == labs.Build {
			needs = "go"
		}
		for _, name := range l.Scripts {
			if s, err := testscripts.Load(name); err == nil && strings.Contains(s.Text, "[!limits] skip") {
				needs = "cgroup"
			}
		}
		if needs != "" && slices.ContainsFunc(missing, func(m string) bool { return strings.HasPrefix(m, needs) }) {
			without = append(without, l.ID)
		}
	}
	return without
}
