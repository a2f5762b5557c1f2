package builder

import (
	"context"
	"io"

	"drydock/mini-docker/builder/dockerfile"
)

// Progress is told of each step, of several at once: stages are built side by side.
type Progress interface {
	Step(Step) Told
	Warn(text string)
}

// Step is a step that begins.
type Step struct {
	Stage      string // what it is called; "" where the Dockerfile has but one
	Number, Of int    // in that stage, whose FROM is number 1
	Text       string
}

// Told is told of one step.
type Told interface {
	// Judged says whether it need not be done, and why.
	Judged(cached bool, why string)
	// Output is where the command of a RUN writes.
	Output() (stdout, stderr io.Writer)
	// Ended says that it is done, or why it is not: context.Canceled if something else
	// has ended it.
	Ended(err error)
}

// tell does a step of a stage, of which there are so many, and tells of it. What fails
// is told with its line.
func (b *build) tell(ctx context.Context, s *stage, step dockerfile.Step, of int, do func() error) error {
	s.number++
	at := Step{Number: s.number, Of: of, Text: step.Text}
	if len(b.plan.Stages) > 1 {
		at.Stage = b.plan.Called(s.index)
	}
	s.told = b.options.Progress.Step(at)
	err := do()
	if err != nil && ctx.Err() != nil {
		s.told.Ended(context.Canceled)
	} else {
		s.told.Ended(err)
	}
	if err != nil {
		return &dockerfile.LineError{File: b.options.File, Line: step.Line, Err: err}
	}
	return nil
}
