package render

import (
	"fmt"
	"slices"

	"drydock/lessons"
)

// Spot is a beat of a lesson: what is on the screen.
type Spot struct {
	Step int    // from 1
	Beat int    // from 0
	Said string // what the learner predicted of what this beat explains
}

// Beat renders one beat, with a line above that says where one is and a line
// below that says what to type next.
func Beat(l lessons.Lesson, at Spot, o Options) (string, error) {
	if at.Step < 1 || at.Step > len(l.Steps) {
		return "", fmt.Errorf("lesson %s has steps 1 to %d, not %d", l.ID, len(l.Steps), at.Step)
	}
	beats := l.Beats(at.Step)
	at.Beat = min(max(at.Beat, 0), len(beats)-1) // the step may have become shorter
	beat, p := beats[at.Beat], newPainter(o)
	p.add(p.muted(p.wrap(place(l, at, beats))))
	if beat.Opens {
		p.heading(l.Steps[at.Step-1], at.Step)
	}
	if at.Said != "" {
		p.add(p.prose("You predicted: *" + at.Said + "*"))
	}
	if l.Steps[at.Step-1].Kind == lessons.QuestionsStep && !o.Answers {
		p.add(p.prose(fmt.Sprintf("%d questions. `quiz` asks them one by one and says why an answer is right or wrong.", len(l.Questions()))))
		beat.Blocks = nil
	}
	for _, b := range beat.Blocks {
		p.add(p.block(l, b))
	}
	p.add(p.lacks(beat))
	p.add(p.muted(p.wrap(p.beatFooter(l, at, beats))))
	return p.text(), nil
}

// lacks says what of a beat does not work on this machine.
func (p *painter) lacks(beat lessons.Beat) string {
	for _, b := range beat.Blocks {
		switch b := b.(type) {
		case lessons.Console:
			if p.Lacking != "" && b.Skip == p.Lacking {
				return p.prose("(Recorded: " + p.Lacking + ".)")
			}
		case lessons.Lab:
			if p.impossible([]lessons.Block{b}) {
				return p.prose("(This lab cannot be done here: " + p.Lacking + ". `next` goes on.)")
			}
		}
	}
	return ""
}

// impossible reports whether a lab among blocks cannot be done on this machine.
func (p *painter) impossible(blocks []lessons.Block) bool {
	return slices.ContainsFunc(blocks, func(b lessons.Block) bool {
		lab, is := b.(lessons.Lab)
		return is && slices.Contains(p.Without, lab.ID)
	})
}

// isLab reports whether a step is a lab that can be done on this machine.
func (p *painter) isLab(s lessons.Step) bool {
	return s.Kind == lessons.LabStep && !p.impossible(s.Blocks)
}

// place says where a beat stands, in one line: behind the number of the step, which
// next takes, the step's title, where its heading was on the screen before.
func place(l lessons.Lesson, at Spot, beats []lessons.Beat) string {
	title := l.Title
	if slices.ContainsFunc(beats[:at.Beat], func(b lessons.Beat) bool { return b.Opens }) {
		title = titleOf(l.Steps[at.Step-1])
	}
	return fmt.Sprintf("%s %d/%d · %s", l.ID, at.Step, len(l.Steps), title)
}

// beatFooter lists what makes sense to type at a beat. At a step's last, that
// is what it is for the step.
func (p *painter) beatFooter(l lessons.Lesson, at Spot, beats []lessons.Beat) string {
	back := at.Step > 1 || at.Beat > 0
	if at.Beat == len(beats)-1 {
		return p.footer(l, at.Step, back, p.showable(beats[at.Beat])...)
	}
	verbs := []string{"next"}
	if rest := len(beats) - 1 - at.Beat; l.Steps[at.Step-1].Kind == lessons.LabStep {
		// What to type first, and where, may stand there.
		verbs[0] = fmt.Sprintf("next (%d more of this lab)", rest)
	}
	if back {
		verbs = append(verbs, "back")
	}
	if beats[at.Beat].Predict {
		verbs = append([]string{"predict WORDS"}, verbs...)
	}
	verbs = append(verbs, p.showable(beats[at.Beat])...)
	if p.isLab(l.Steps[at.Step-1]) { // whoever knows what to do need not read on
		verbs = append(verbs, "check", "hint")
	}
	if !p.Inside {
		for n := range verbs {
			verbs[n] = p.program() + " " + verbs[n]
		}
	}
	return p.commands("type: ", verbs)
}

// showable are the verbs that type a beat's commands, and show what Quiet leaves out
// of it, if it leaves out anything.
func (p *painter) showable(beat lessons.Beat) []string {
	if !p.Quiet {
		return nil
	}
	for _, b := range beat.Blocks {
		if c, ok := b.(lessons.Console); ok && c.Skip == "" {
			return []string{"run", "show"}
		}
	}
	return nil
}
