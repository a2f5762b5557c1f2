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
// of the lab that was meant: what is ahead only where that is done, and none of it as
// if the check had found it missing.
func (t *tutor) tellOthers(meant labs.Lab, came session.Outcome) {
	others, err := t.learner().Others(meant)
	if err != nil {
		return
	}
	for _, o := range others {
		switch {
		case slices.Contains(t.without, o.ID): // on this machine
		case !o.Later:
			t.say("(Lab %s is still open, at step %d.)\n", o.ID, o.Step)
		case came == session.Done:
			t.say("(Another lab comes later, at step %d: %s.)\n", o.Step, o.ID)
		}
	}
}

// tellNext says how to go on from a lab that is done.
func (t *tutor) tellNext(o session.Outcome) {
	if o == session.Done && !t.learner().InExam() {
		t.tellGoOn()
	}
}

// tellGoOn says how to go on in a lesson.
func (t *tutor) tellGoOn() {
	next := "next"
	if t.session == nil && !isInside() {
		next = t.outside(next)
	}
	t.say("To go on: %s\n", next)
}

func labsOf(places []labs.Place) []labs.Lab {
	var of []labs.Lab
	for _, p := range places {
		of = append(of, p.Lab)
	}
	return of
}
