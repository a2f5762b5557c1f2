package main

import (
	"context"
	"errors"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/container"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// attachOptions are the flags of attach.
type attachOptions struct {
	noStdin, sigProxy bool
	detachKeys        string
}

func (c *cli) attachCommand() *cobra.Command {
	var o attachOptions
	cmd := &cobra.Command{
		Use:   "attach [OPTIONS] CONTAINER",
		Short: "Attach local standard input, output, and error streams to a running container", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, container, err := c.find(cmd, args[0])
			if err != nil {
				return err
			}
			exit, err := c.attachTo(cmd.Context(), e, container, o)
			if err != nil || exit != 0 {
				return &statusError{max(exit, exitError), err}
			}
			return nil
		},
		DisableFlagsInUseLine: true,
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.noStdin, "no-stdin", false, "Do not attach STDIN")
	flags.BoolVar(&o.sigProxy, "sig-proxy", true, "Proxy all received signals to the process")
	flags.StringVar(&o.detachKeys, "detach-keys", "", "Override the key sequence for detaching a container")
	return cmd
}

// attachTo connects this program's streams to a container that runs, until it ends
// or the person leaves, and returns its exit status.
func (c *cli) attachTo(ctx context.Context, e *engine.Engine, container *container.Container, o attachOptions) (exit int, err error) {
	connection, err := e.Attach(container)
	if err != nil {
		return exitError, err
	}
	defer connection.Close()
	ctx, signals := catchSignals(ctx, c.stderr, o.sigProxy && !container.Config.Tty)
	defer signals.end()
	if err := connection.Attach(c.outputs(container.Config.Tty)); err != nil {
		return exitError, err
	}
	connection.Listen()
	signals.follow(proxied{e, container})
	config := container.Config
	config.OpenStdin = config.OpenStdin && !o.noStdin
	feed, detached, err := c.startFeed(connection, &config, o.detachKeys)
	if err != nil {
		return exitError, err
	}
	exit, err = await(ctx, connection, detached)
	err = errors.Join(err, feed.Close())
	c.tellOutput(connection)
	if errors.Is(err, errDetached) {
		return signals.statusOr(0), nil
	}
	return signals.statusOr(exit), err
}

// proxied is a container that signals are passed on to.
type proxied struct {
	engine    *engine.Engine
	container *container.Container
}

func (s proxied) Signal(signal unix.Signal) error { return s.engine.Kill(s.container, signal) }
