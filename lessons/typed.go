package lessons

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
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

// NotRun is the first command of a beat of which none was typed, "" where one was, alone
// or with more before or behind it in its line. Of a command of several lines it is the
// first one.
func (b Beat) NotRun(typed string) string {
	first := ""
	lines := slices.Collect(strings.Lines(typed))
	for _, c := range b.consoles() {
		for _, command := range c.Commands {
			line, _, isLonger := strings.Cut(command.Input, "\n")
			line, remark, _ := strings.Cut(line, "  # ") // which few type
			if c.Skip != "" || slices.ContainsFunc(lines, func(typed string) bool { return holds(oneSpace(typed), oneSpace(line)) }) {
				return ""
			}
			if isLonger {
				line = strings.TrimRight(line, ` \`) + " …"
			}
			if remark != ofAnEarlierTry {
				first = cmp.Or(first, line)
			}
		}
	}
	return first
}

// ofAnEarlierTry is the remark behind a command that clears the place for the others.
const ofAnEarlierTry = "of an earlier try"

// holds reports whether a typed line is a command, or one of a list that begins or
// ends with it.
func holds(line, command string) bool {
	rest, begins := strings.CutPrefix(line, command)
	before, ends := strings.CutSuffix(line, command)
	return begins && (rest == "" || strings.ContainsAny(rest[:min(2, len(rest))], ";&|")) || ends && strings.ContainsAny(before[max(0, len(before)-2):], ";&|")
}

// oneSpace has one space for each run of them.
func oneSpace(text string) string { return strings.Join(strings.Fields(text), " ") }
