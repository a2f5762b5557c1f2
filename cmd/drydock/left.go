package main

import (
	"slices"
	"strconv"
	"strings"

	"drydock/labs"
	"drydock/labs/progress"
	"drydock/labs/quiz"
	"drydock/lessons"
)

// tellNotRun says that a part was left without a command of it. It insists on
// nothing: who has read it may go on, and where commands fail nobody is asked for them.
func (t *tutor) tellNotRun(l lessons.Lesson, before progress.State, typed string) {
	record := before.Lesson(l.ID)
	if record.Step < 1 || record.Step > len(l.Steps) {
		return
	}
	beats := t.forHere(l).Beats(record.Step)
	if command := beats[min(record.Beat, len(beats)-1)].NotRun(typed); command != "" {
		t.say("(You have not run %s: back, and then run types it for you.)\n", command)
	}
}

// tellNotPredicted says that a question was passed by. Here too nobody insists.
func (t *tutor) tellNotPredicted(l lessons.Lesson, before progress.State) {
	record := before.Lesson(l.ID)
	if record.Step < 1 || record.Step > len(l.Steps) {
		return
	}
	beats := l.Beats(record.Step)
	question := beats[min(record.Beat, len(beats)-1)].Question()
	if question != "" && record.Said[question] == "" {
		t.say("(What do you expect? predict WORDS keeps it, also now.)\n")
	}
}

// tellOpen says that a step was left whose lab is not passed, or whose questions are not
// answered, and how to come back. Of a lab that cannot be done here its page has said so.
func (t *tutor) tellOpen(l lessons.Lesson, before progress.State) {
	all, err := labs.Labs()
	if err != nil {
		return
	}
	step := before.Lesson(l.ID).Step
	after := t.state()
	record := after.Lesson(l.ID)
	if step < 1 || step > len(l.Steps) || record.Step == step {
		return
	}
	back := "next " + strconv.Itoa(step)
	if t.session == nil {
		back = t.outside(back)
	}
	for _, p := range labs.Places(all, l) {
		if p.Step == step && record.Lab(p.ID).Status != progress.Passed && !slices.Contains(t.without, p.ID) {
			t.say("(Lab %s is still open. To come back to it: %s)\n", p.ID, back)
		}
	}
	isOpen := func(b lessons.Block) bool {
		q, is := b.(lessons.Question)
		return is && !record.Answers[quiz.Key(q)].Right
	}
	if slices.ContainsFunc(l.Steps[step-1].Blocks, isOpen) {
		t.say("(Not all questions are answered rightly yet. To come back to them: %s)\n", back)
	}
}

// typedFlag is how the drydock inside hands on what was typed since the last part.
const typedFlag = "--typed="

// cutTyped takes that off the words that a learner has said.
func cutTyped(words []string) (typed string, rest []string) {
	if len(words) == 0 {
		return "", nil
	}
	if typed, ok := strings.CutPrefix(words[0], typedFlag); ok {
		return typed, words[1:]
	}
	return "", words
}
