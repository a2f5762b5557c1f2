package session

import (
	"errors"
	"fmt"
	"strings"

	"drydock/labs"
	"drydock/labs/fault"
	"drydock/labs/progress"
)

// triesBeforeList is how many typed answers come before the list of causes:
// whoever cannot find the words has to be able to go on.
const triesBeforeList = 3

// Answered is what an answer to the question of the cause is worth.
type Answered struct {
	Right bool
	Say   string // what helps on where it is not right
	List  bool   // there is a list to choose from
}

// Answer judges what the learner says that the cause of a lab's fault is, and
// keeps it. The error says that it could not be kept. In an exam no word helps.
func (me Learner) Answer(l labs.Lab, said string) (Answered, error) {
	if me.InExam() {
		s := me.In.Exam
		right, err := s.Exam.Answer(s.N, said)
		return Answered{Right: right, Say: "That is not the cause, or not all of it: " + strings.TrimSpace(l.Ask) + "."}, err
	}
	seed := me.Seed(l)
	fromList := false
	verdict := fault.Verdict{}
	if cause, ok := me.chosen(l, said); ok {
		said, fromList = cause, true
		verdict = fault.Verdict{Right: cause == l.Fault(seed).Choice, Say: "That is not the cause."}
	} else {
		verdict = l.Fault(seed).Judge(said, l.Faults)
	}
	tries := 0
	err := me.RecordLab(l, func(lab *progress.Lab) {
		lab.Give(seed)
		lab.Fault.Say(said, verdict.Right, fromList, me.Now())
		tries = len(lab.Fault.Told)
	})
	return Answered{Right: verdict.Right, Say: verdict.Say, List: tries >= triesBeforeList && !fromList}, err
}

// chosen is the cause that a letter names, once the list may be seen.
func (me Learner) chosen(l labs.Lab, said string) (string, bool) {
	choices := fault.Choices(l.Faults, l.Decoys, me.Seed(l))
	if len(said) != 1 || me.told(l) < triesBeforeList {
		return "", false
	}
	at := int(strings.ToLower(said)[0]) - 'a'
	if at < 0 || at >= len(choices) {
		return "", false
	}
	return choices[at], true
}

// told is how many answers were given on the learner's fault.
func (me Learner) told(l labs.Lab) int {
	state := me.State()
	if f := state.Lesson(l.Lesson()).Lab(l.ID).Fault; f != nil && f.Seed == me.Seed(l) {
		return len(f.Told)
	}
	return 0
}

// Causes are what could be wrong, to choose from: answer a is the first. The error
// says why the learner does not see them yet.
func (me Learner) Causes(l labs.Lab) ([]string, error) {
	switch tries := me.told(l); {
	case me.InExam():
		return nil, errors.New("there is no list in an exam")
	case tries < triesBeforeList:
		return nil, fmt.Errorf("the list comes after %d answers in your own words; so far you have given %d", triesBeforeList, tries)
	}
	return fault.Choices(l.Faults, l.Decoys, me.Seed(l)), nil
}

// RecordLab changes what is known about a lab, which is begun by that.
func (me Learner) RecordLab(l labs.Lab, change func(*progress.Lab)) error {
	return me.Record(func(s *progress.State) {
		lab := s.Lesson(l.Lesson()).Lab(l.ID)
		if lab.Status == progress.NotStarted {
			lab.Status = progress.Started
		}
		change(lab)
	})
}
