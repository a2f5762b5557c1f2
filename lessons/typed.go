package lessons

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ToType are the commands of a beat of a step that are typed for whoever says run: which is a block's number, "setup", or "" for all.
func (l Lesson) ToType(step, beat int, which string) ([]string, error) {
	step = min(step, len(l.Steps))
	if which == "setup" {
		if commands := l.Steps[step-1].SetupCommands(); len(commands) > 0 {
			return commands, nil
		}
		return nil, fmt.Errorf("step %d of %s builds on nothing", step, l.ID)
	}
	beats := l.Beats(step)
	blocks := beats[min(beat, len(beats)-1)].consoles()
	if len(blocks) == 0 {
		return nil, errors.New("there is no command to type in this part: `next` goes on, `back` leads to the last one")
	}
	if which != "" {
		n, err := strconv.Atoi(which)
		if err != nil || n < 1 || n > len(blocks) {
			return nil, fmt.Errorf("this part has blocks 1 to %d, not %s", len(blocks), which)
		}
		blocks = blocks[n-1 : n]
	}
	var commands []string
	for _, b := range blocks {
		if b.Skip != "" {
			return nil, fmt.Errorf("this is not for here: %s", b.Skip)
		}
		commands = append(commands, b.inputs()...)
	}
	return commands, nil
}

// Before are the commands that lead from a new sandbox to a beat of a step: the
// step's set-up, and what the beats before this one have the learner type. What
// waits for a person is left out.
func (l Lesson) Before(step, beat int) []string {
	step = min(max(step, 1), len(l.Steps))
	commands := l.Steps[step-1].SetupCommands()
	beats := l.Beats(step)
	for _, b := range beats[:min(beat, len(beats)-1)] {
		for _, block := range b.consoles() {
			if block.Skip == "" {
				commands = append(commands, block.inputs()...)
			}
		}
	}
	return commands
}

// inputs is what a block has the learner type.
func (c Console) inputs() []string {
	var all []string
	for _, command := range c.Commands {
		all = append(all, command.Input)
	}
	return all
}

// consoles are the console blocks of a beat.
func (b Beat) consoles() (blocks []Console) {
	for _, each := range b.Blocks {
		if c, ok := each.(Console); ok {
			blocks = append(blocks, c)
		}
	}
	return blocks
}

// NotRun is the first command of a beat of which none was typed, "" where one was.
func (b Beat) NotRun(typed string) string {
	first := ""
	lines := map[string]bool{}
	for line := range strings.Lines(typed) {
		lines[strings.Join(strings.Fields(line), " ")] = true
	}
	for _, c := range b.consoles() {
		for _, command := range c.Commands {
			line, _, _ := strings.Cut(command.Input, "\n")
			if c.Skip != "" || lines[strings.Join(strings.Fields(line), " ")] {
				return ""
			}
			first = cmp.Or(first, line)
		}
	}
	return first
}
