package main

import (
	"slices"

	"drydock/labs"
	"drydock/labs/session"
)

// named is the id among a command's arguments, "" for none.
func named(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// tellOthers says in a line each what else the lesson has to do, after a check
// of the lab that was meant.
func (t *tutor) tellOthers(meant labs.Lab) {
	others, err := t.learner().Others(meant)
	if err != nil {
		return
	}
	for _, o := range others {
		if slices.Contains(t.without, o.ID) {
			continue // on this machine
		}
		when := "Not passed yet"
		if o.Later {
			when = "Later"
		}
		t.say("%s, at step %d: %s\n", when, o.Step, o.ID)
	}
}

// tellNext says how to go on from a lab that is done.
func (t *tutor) tellNext(o session.Outcome) {
	switch {
	case o != session.Done || t.learner().InExam():
	case t.session != nil:
		t.say("To go on: next\n")
	default:
		t.say("To go on: %s\n", t.typed("next"))
	}
}

func labsOf(places []labs.Place) []labs.Lab {
	var of []labs.Lab
	for _, p := range places {
		of = append(of, p.Lab)
	}
	return of
}
