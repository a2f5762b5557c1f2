package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"drydock/mini-docker/builder"
)

// buildProgress tells of the steps as `docker build --progress plain` does: stages are
// built side by side, and the number that a line begins with tells whose it is.
//
//	#2 [web 2/3] RUN make
//	#2 0.124 what it prints
//	#2 DONE 0.2s
type buildProgress struct {
	out, err       io.Writer
	quiet, explain bool

	mutex sync.Mutex // a line is written as a whole
	steps int
}

func (p *buildProgress) Step(s builder.Step) builder.Told {
	p.mutex.Lock()
	p.steps++
	told := &toldStep{progress: p, number: p.steps, begun: time.Now()}
	p.mutex.Unlock()
	stage := s.Stage
	if stage != "" {
		stage += " "
	}
	told.say("[%s%d/%d] %s", stage, s.Number, s.Of, s.Text)
	return told
}

func (p *buildProgress) Warn(text string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	fmt.Fprintln(p.err, "WARNING:", text)
}

// toldStep is what is told of one step.
type toldStep struct {
	progress *buildProgress
	number   int
	begun    time.Time
	cached   bool
	output   stepOutput
}

// say writes a line, unless nothing is to be said.
func (t *toldStep) say(format string, args ...any) {
	p := t.progress
	if p.quiet {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	fmt.Fprintf(p.out, "#%d %s\n", t.number, fmt.Sprintf(format, args...))
}

func (t *toldStep) Judged(cached bool, why string) {
	t.cached = cached
	verdict := "not cached"
	if cached {
		verdict = "cached"
		t.say("CACHED")
	}
	if t.progress.explain {
		t.say("%s: %s", verdict, why)
	}
}

// Output is one for both streams: what a command says about a failure stands where it
// was said.
func (t *toldStep) Output() (stdout, stderr io.Writer) {
	t.output.line = func(text []byte) { t.say("%.3f %s", time.Since(t.begun).Seconds(), text) }
	if t.progress.quiet {
		t.output.line = nil
	}
	return &t.output, &t.output
}

func (t *toldStep) Ended(err error) {
	t.output.flush()
	switch {
	case errors.Is(err, context.Canceled):
		t.say("CANCELED")
	case err != nil:
		t.say("ERROR: %v", err)
		if t.progress.quiet {
			t.progress.err.Write(t.output.text) // a step fails alone: the others are CANCELED
		}
	case !t.cached:
		t.say("DONE %.1fs", time.Since(t.begun).Seconds())
	}
}

// stepOutput hands on, line by line, what is written to it; without a function line it
// keeps the last of it, to be shown if something fails.
type stepOutput struct {
	mutex sync.Mutex
	line  func(text []byte)
	text  []byte
}

func (o *stepOutput) Write(p []byte) (int, error) {
	const most = 64 << 10
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.text = append(o.text, p...)
	for o.line != nil {
		line, rest, found := bytes.Cut(o.text, []byte{'\n'})
		if !found {
			break
		}
		o.line(bytes.TrimSuffix(line, []byte{'\r'}))
		o.text = rest
	}
	o.text = o.text[max(len(o.text)-most, 0):]
	return len(p), nil
}

// flush hands on a last line that has no end.
func (o *stepOutput) flush() {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.line != nil && len(o.text) > 0 {
		o.line(o.text)
		o.text = nil
	}
}
