package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/life"
	"drydock/mini-docker/explain"
	"drydock/mini-docker/runtime"
	"drydock/mini-docker/shim/wire"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Attachment is who is to be told of a container's start, and is connected to it
// from its first instant.
type Attachment struct {
	// Where the container's output goes, besides its log. With neither, nobody
	// is attached. A container with a terminal has Stdout alone.
	Stdout, Stderr io.Writer

	// Stdin says that the caller passes on what is typed, and that where nobody
	// else is to, the input ends with the caller.
	Stdin bool

	Narrate explain.Narrator // is told of the steps, or nil

	ConsoleSize *specs.Box // in characters; the terminal's first size, if known

	SecretEnv []string // of the command, and in none of the container's files
}

// Start runs a container that the caller owns: see Create and Own. If it cannot be
// started it is removed if that is what it was to be at its end, and otherwise
// remains as it was.
//
// The error wraps runtime.ErrCommandNotFound or runtime.ErrCommandNotExecutable
// if it is the command's fault.
func (e *Engine) Start(ctx context.Context, c *container.Container, a Attachment) (*RunningContainer, error) {
	before := c.State
	running, err := e.start(ctx, c, a)
	if err == nil {
		return running, nil
	}
	// Even when it was ctx that ended, what is left must be cleared away.
	c.State = before
	return nil, errors.Join(err, e.abandon(context.WithoutCancel(ctx), c, err))
}

func (e *Engine) start(ctx context.Context, c *container.Container, a Attachment) (_ *RunningContainer, err error) {
	if err := e.containers.Reset(c); err != nil {
		return nil, err
	}
	shim, err := life.Start(e.shimOptions(c, a)) // which gets ready while we go on
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			shim.Settled()
		}
	}()
	if a.Stdout != nil || a.Stderr != nil {
		if err := shim.Attach(orDiscard(a.Stdout), orDiscard(a.Stderr)); err != nil {
			return nil, err
		}
	}
	if err := e.startUnder(ctx, shim, c, a); err != nil {
		return nil, err
	}
	a.Narrate.Step(explain.Wait, fmt.Sprintf("process %d", c.State.Pid))
	return &RunningContainer{Container: c, engine: e, shim: shim}, nil
}

// startUnder has the runtime create and start the container, with the shim as the
// parent of its first process.
func (e *Engine) startUnder(ctx context.Context, shim *life.Shim, c *container.Container, a Attachment) error {
	a.Narrate.Step(explain.Config, e.containers.Bundle(c.ID))
	spec, err := e.spec(ctx, c, a)
	if err != nil {
		return err
	}
	narration := newNarration(ctx, a.Narrate, e.runtime, c.ID)
	stdin, stdout, stderr := shim.Streams()
	process, err := e.runtime.Create(ctx, runtime.CreateOptions{
		ID: c.ID, Bundle: e.containers.Dir(c.ID), Spec: spec,
		Save:  func(text []byte) error { return os.WriteFile(e.containers.Bundle(c.ID), text, 0o600) },
		Stdin: stdin, Stdout: stdout, Stderr: stderr,
		Parent: shim, DieWithParent: true, Init: c.HostConfig.Init, SecretEnv: a.SecretEnv, Narrate: narration.tell,
	})
	if err != nil {
		return err
	}
	if process.Console != nil {
		err = shim.GiveTerminal(process.Console)
	}
	if err == nil {
		err = e.endpoints().Connect(c, process.PID)
	}
	if err == nil {
		err = narration.start(ctx, e.runtime, c.ID)
	}
	if err == nil {
		err = shim.Started()
	}
	if err != nil {
		shim.Kill()
		process.Wait()
		return errors.Join(err, e.forget(c.ID))
	}
	// That it runs is not written down: the runtime knows, see Inspect.
	c.State = container.State{Status: container.Running, Running: true, Pid: process.PID, StartedAt: time.Now().UTC()}
	return nil
}

// shimOptions says what the shim is to do for the container.
func (e *Engine) shimOptions(c *container.Container, a Attachment) life.Options {
	return life.Options{
		ID: c.ID, Root: e.root, Run: filepath.Dir(e.states), Folder: c.Owner.Folder(),
		Terminal: c.Config.Tty, Stdin: c.Config.OpenStdin, StdinOnce: c.Config.StdinOnce, Types: a.Stdin,
		Log: wire.Log{MaxBytes: logBytes, MaxFiles: logFiles},
	}
}

// What is kept of a container's output: so many files of so many bytes.
const (
	logBytes = 16 << 20
	logFiles = 2
)

func orDiscard(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}

// abandon clears away after a start that failed.
func (e *Engine) abandon(ctx context.Context, c *container.Container, cause error) error {
	if c.HostConfig.AutoRemove {
		return e.Discard(ctx, c)
	}
	defer c.Release()
	before := c.State
	if err := e.containers.Reset(c); err != nil {
		return err
	}
	c.State = before
	c.State.Error, c.State.ExitCode = cause.Error(), StartExit(cause)
	return c.Save(e.containers.Dir(c.ID))
}

// StartExit is the exit status that a container has which could not be started:
// a shell's for its command, 128 otherwise.
func StartExit(err error) int {
	switch {
	case errors.Is(err, runtime.ErrCommandNotFound):
		return 127
	case errors.Is(err, runtime.ErrCommandNotExecutable):
		return 126
	}
	return 128
}
