package main

import (
	"path/filepath"

	"drydock/labs/progress"
	"drydock/lessons"
	"drydock/mini-docker/sandbox"
)

// begunFile tells at which step of its lesson a sandbox was new, where the learner
// was not at the beginning.
var begunFile = filepath.Join(filepath.Dir(sandbox.HostSocket), "begun")

// tellBegun says, where a step begins that builds on others, that this sandbox was new
// at a later step than the first: what was made before that is not in it.
func (t *tutor) tellBegun(l lessons.Lesson, before, after progress.State, begun int) {
	step := after.Lesson(l.ID).Step
	if begun < 2 || step <= begun || step == before.Lesson(l.ID).Step || len(l.Steps[step-1].SetupCommands()) == 0 {
		return
	}
	t.say("(This sandbox was new at step %d. Should something be missing: run setup types what this step builds on.)\n", begun)
}
