package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"drydock/cmd/mini-docker/narration"
	"drydock/mini-docker/engine/terminal"
	"drydock/mini-docker/explain"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"
)

// The values of --explain.
const (
	explainAll  = "all"
	explainStep = "step" // waits at each
)

// registerExplain declares the flag that has a container's start narrated.
func registerExplain(flags *pflag.FlagSet, how *string) {
	flags.StringVar(how, "explain", "", "Tell each step of the start; with =step, wait for Enter at each")
	flags.Lookup("explain").NoOptDefVal = explainAll
}

// narrator returns who tells of the steps, nobody if that was not asked for. The
// context ends when the person stops it at a step. done lets go of the terminal.
func (c *cli) narrator(ctx context.Context, how string) (_ context.Context, _ explain.Narrator, done func(), err error) {
	done = func() {}
	switch how {
	case "":
		return ctx, nil, done, nil
	case explainAll:
		return ctx, narration.New(c.stderr, c.narrationStyle(), nil).Tell, done, nil
	case explainStep:
	default:
		return ctx, nil, done, fmt.Errorf("invalid argument %q for --explain: there are --explain and --explain=step", how)
	}
	keyboard, err := os.Open("/dev/tty")
	if err != nil {
		return ctx, nil, done, errors.New("--explain=step waits for Enter at a terminal, and there is none: use --explain")
	}
	ctx, cancel := context.WithCancelCause(ctx)
	wait := func(step int) {
		if ctx.Err() != nil {
			return
		}
		fmt.Fprint(c.stderr, "   Enter goes on, q stops: ")
		if !awaitEnter(ctx, keyboard) {
			cancel(fmt.Errorf("stopped at step %d: nothing of the container is left running", step))
		}
	}
	tell := narration.New(c.stderr, c.narrationStyle(), wait).Tell
	until := func(step explain.Step, particular string) {
		if ctx.Err() == nil { // what is told after q is of no interest
			tell(step, particular)
		}
	}
	return ctx, until, func() { cancel(nil); keyboard.Close() }, nil
}

// narrationStyle is plain unless the person is at a terminal and has not said
// otherwise. See no-color.org.
func (c *cli) narrationStyle() narration.Style {
	style := narration.Style{Width: 80}
	if _, columns, err := terminal.Size(c.stderr); err == nil && columns >= 20 {
		style.Width = int(columns)
	}
	style.Colour = terminal.IsTerminal(c.stderr) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return style
}

// awaitEnter waits for a line, until ctx ends. One that begins with q says no,
// as does the end of the input.
func awaitEnter(ctx context.Context, keyboard *os.File) bool {
	const look = 50 // milliseconds between looks at ctx
	fds := []unix.PollFd{{Fd: int32(keyboard.Fd()), Events: unix.POLLIN}}
	for ctx.Err() == nil {
		ready, err := unix.Poll(fds, look)
		if err != nil && err != unix.EINTR {
			return false
		}
		if ready < 1 {
			continue
		}
		line := make([]byte, 256)
		n, err := keyboard.Read(line)
		return err == nil && n > 0 && line[0] != 'q' && line[0] != 'Q'
	}
	return false
}
