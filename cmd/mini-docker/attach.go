package main

import (
	"context"
	"errors"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/terminal"
	"drydock/mini-docker/explain"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// attachment is a container that runs, connected to this program's streams.
type attachment struct {
	running *engine.RunningContainer
	finish  func() error // once the container has ended: prints its last words
}

// attach starts the container with its streams connected.
func (c *cli) attach(ctx context.Context, e *engine.Engine, container *engine.Container, signals *signals, narrate explain.Narrator) (attachment, error) {
	if container.Config.Tty {
		return c.attachTerminal(ctx, e, container, signals, narrate)
	}
	stdin := c.stdin
	if !container.Config.OpenStdin {
		stdin = nil
	}
	pipes, err := terminal.NewPipes(stdin, c.stdout, c.stderr)
	if err != nil {
		return attachment{}, err
	}
	running, err := e.Start(ctx, container, engine.Attachment{
		Stdin: pipes.Stdin, Stdout: pipes.Stdout, Stderr: pipes.Stderr,
		Narrate: narrate,
	})
	pipes.Started()
	if err != nil {
		return attachment{}, errors.Join(err, pipes.Finish())
	}
	signals.follow(running)
	return attachment{running, pipes.Finish}, nil
}

// attachTerminal starts a container that has a terminal of its own.
func (c *cli) attachTerminal(ctx context.Context, e *engine.Engine, container *engine.Container, signals *signals, narrate explain.Narrator) (attachment, error) {
	var size *specs.Box
	if rows, columns, err := terminal.Size(c.stdout); err == nil && rows != 0 {
		size = &specs.Box{Height: uint(rows), Width: uint(columns)}
	}
	running, err := e.Start(ctx, container, engine.Attachment{ConsoleSize: size, Narrate: narrate})
	if err != nil {
		return attachment{}, err
	}
	signals.follow(running)
	stdin := c.stdin
	if !container.Config.OpenStdin {
		stdin = nil
	}
	session, err := terminal.Attach(running.Console, stdin, c.stdout)
	if err != nil {
		running.Signal(unix.SIGKILL)
		exit, waitErr := running.Wait()
		return attachment{}, errors.Join(err, waitErr, running.Finish(context.WithoutCancel(ctx), exit))
	}
	return attachment{running, session.Close}, nil
}
