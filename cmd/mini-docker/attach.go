package main

import (
	"context"
	"errors"
	"io"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/life"
	"drydock/mini-docker/engine/terminal"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// startAttached starts a container with its output connected to this program's,
// besides what a says.
func (c *cli) startAttached(ctx context.Context, e *engine.Engine, container *container.Container, a engine.Attachment) (*engine.RunningContainer, error) {
	a.Stdout, a.Stderr = c.stdout, c.stderr
	if rows, columns, err := terminal.Size(c.stdout); err == nil && rows != 0 && container.Config.Tty {
		a.ConsoleSize = &specs.Box{Height: uint(rows), Width: uint(columns)}
	}
	return e.Start(ctx, container, a)
}

// feed is what goes from this program to a container: keys, and the size of the
// terminal.
type feed interface{ Close() error }

// startFeed begins to pass on what is typed, if the container reads it. detachKeys
// end it: they are for us. detached is closed then.
func (c *cli) startFeed(connection *life.Connection, config *container.Config, detachKeys string) (feed, <-chan struct{}, error) {
	keys, err := terminal.ParseKeys(detachKeys)
	if err != nil {
		return nil, nil, err
	}
	detached := make(chan struct{})
	stdin := c.stdin
	if !config.OpenStdin {
		stdin = nil
	}
	if !config.Tty {
		if stdin == nil {
			return noFeed{}, detached, nil
		}
		pipe, err := terminal.StartFeed(connection, stdin, inputEnd{connection})
		return pipe, detached, err
	}
	if stdin != nil && !terminal.IsTerminal(stdin) {
		// Docker refuses this for run; with attach, what is piped in is typed.
		pipe, err := terminal.StartFeed(connection, stdin, inputEnd{connection})
		return pipe, detached, err
	}
	session, err := terminal.Attach(terminal.Detachable(connection, keys, detached), stdin, c.stdout)
	return session, detached, err
}

type noFeed struct{}

func (noFeed) Close() error { return nil }

// inputEnd closes a container's input, not the connection.
type inputEnd struct{ connection *life.Connection }

func (i inputEnd) Close() error { return i.connection.CloseInput() }

// errDetached says that the person has left the container.
var errDetached = errors.New("detached")

// await waits for the container's end, or for the person to leave or to be made to.
func await(ctx context.Context, connection *life.Connection, detached <-chan struct{}) (exit int, err error) {
	select {
	case <-connection.Over():
		return connection.Wait()
	case <-detached:
		return 0, errDetached
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

// outputs are where a container's output goes.
func (c *cli) outputs(tty bool) (out, err io.Writer) {
	if tty {
		return c.stdout, nil
	}
	return c.stdout, c.stderr
}
