package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/container"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// eachContainer does something to each of some containers, and prints its name as
// it was given. One that it fails with does not stop the others.
func (c *cli) eachContainer(cmd *cobra.Command, names []string, do func(e *engine.Engine, container *container.Container) error) error {
	return c.forEach(cmd, names, func(name string) error {
		e, container, err := c.find(cmd, name)
		if err != nil {
			return err
		}
		return do(e, container)
	})
}

// stopFlags are what stop and restart share.
type stopFlags struct {
	signal  string
	seconds int
}

func (f *stopFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.signal, "signal", "s", "", "Signal to send to the container")
	cmd.Flags().IntVarP(&f.seconds, "timeout", "t", 0, "Seconds to wait before killing the container (default 10)")
	cmd.Flags().IntVar(&f.seconds, "time", 0, "")
	cmd.Flags().MarkHidden("time") // its old name
}

// options are what the flags say. Without a timeout it is the container's own.
func (f *stopFlags) options(cmd *cobra.Command) (engine.StopOptions, error) {
	o := engine.StopOptions{Timeout: 10 * time.Second}
	if cmd.Flags().Changed("timeout") || cmd.Flags().Changed("time") {
		o.Timeout = time.Duration(f.seconds) * time.Second
	}
	if f.signal == "" {
		return o, nil
	}
	var err error
	o.Signal, err = container.ParseSignal(f.signal)
	return o, err
}

func (c *cli) stopCommand() *cobra.Command {
	var f stopFlags
	cmd := &cobra.Command{
		Use: "stop [OPTIONS] CONTAINER [CONTAINER...]", Short: "Stop one or more running containers", Args: atLeast(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.options(cmd)
			if err != nil {
				return err
			}
			return c.eachContainer(cmd, args, func(e *engine.Engine, container *container.Container) error {
				return e.Stop(cmd.Context(), container, o)
			})
		},
		DisableFlagsInUseLine: true,
	}
	f.register(cmd)
	return cmd
}

func (c *cli) restartCommand() *cobra.Command {
	var f stopFlags
	cmd := &cobra.Command{
		Use: "restart [OPTIONS] CONTAINER [CONTAINER...]", Short: "Restart one or more containers", Args: atLeast(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.options(cmd)
			if err != nil {
				return err
			}
			return c.eachContainer(cmd, args, func(e *engine.Engine, container *container.Container) error {
				if container.HostConfig.AutoRemove && container.State.Running {
					return fmt.Errorf("container %s was run with --rm: once stopped it is gone, and cannot be started again", container.PlainName())
				}
				if err := e.Stop(cmd.Context(), container, o); err != nil {
					return err
				}
				return startStopped(cmd.Context(), e, container)
			})
		},
		DisableFlagsInUseLine: true,
	}
	f.register(cmd)
	return cmd
}

func (c *cli) killCommand() *cobra.Command {
	var text string
	cmd := &cobra.Command{
		Use: "kill [OPTIONS] CONTAINER [CONTAINER...]", Short: "Kill one or more running containers", Args: atLeast(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			signal := unix.SIGKILL
			if text != "" {
				var err error
				if signal, err = container.ParseSignal(text); err != nil {
					return err
				}
			}
			return c.eachContainer(cmd, args, func(e *engine.Engine, container *container.Container) error {
				return e.Kill(container, signal)
			})
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVarP(&text, "signal", "s", "", "Signal to send to the container (default KILL)")
	return cmd
}

func (c *cli) waitCommand() *cobra.Command {
	return &cobra.Command{
		Use: "wait CONTAINER [CONTAINER...]", Short: "Block until one or more containers stop, then print their exit codes", Args: atLeast(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			failed := false
			for _, name := range args {
				e, container, err := c.find(cmd, name)
				exit := 0
				if err == nil {
					exit, err = e.Wait(cmd.Context(), container)
				}
				if err != nil {
					fmt.Fprintln(c.stderr, describe(err))
					failed = true
					continue
				}
				fmt.Fprintln(c.stdout, exit)
			}
			if failed {
				return &statusError{exitError, nil}
			}
			return nil
		},
		DisableFlagsInUseLine: true,
	}
}

func (c *cli) createCommand() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use: "create [OPTIONS] IMAGE [COMMAND] [ARG...]", Short: "Create a new container", Args: atLeast(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			err := o.complete(cmd.Flags(), args)
			if err != nil {
				return err
			}
			e, err := c.open()
			if err != nil {
				return err
			}
			o.Waits = true
			container, err := c.create(cmd.Context(), e, &o)
			if err != nil {
				return err
			}
			container.Release()
			c.warn(container.Warnings)
			fmt.Fprintln(c.stdout, container.ID)
			return nil
		},
		DisableFlagsInUseLine: true,
	}
	o.registerCreate(cmd.Flags())
	return cmd
}

func (c *cli) startCommand() *cobra.Command {
	var attach, interactive bool
	var detachKeys string
	cmd := &cobra.Command{
		Use: "start [OPTIONS] CONTAINER [CONTAINER...]", Short: "Start one or more stopped containers", Args: atLeast(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !attach && !interactive {
				return c.eachContainer(cmd, args, func(e *engine.Engine, container *container.Container) error {
					return c.startOne(cmd.Context(), e, container)
				})
			}
			if len(args) > 1 {
				return errors.New("you cannot start and attach multiple containers at once")
			}
			exit, err := c.startAndAttach(cmd, args[0], interactive, detachKeys)
			if err != nil || exit != 0 {
				return &statusError{max(exit, exitError), err}
			}
			return nil
		},
		DisableFlagsInUseLine: true,
	}
	flags := cmd.Flags()
	flags.BoolVarP(&attach, "attach", "a", false, "Attach STDOUT/STDERR and forward signals")
	flags.BoolVarP(&interactive, "interactive", "i", false, "Attach container's STDIN")
	flags.StringVar(&detachKeys, "detach-keys", "", "Override the key sequence for detaching a container")
	addUnsupported(flags, "", "checkpoint checkpoint-dir")
	return cmd
}

// startOne starts a container in the background. One that runs already is none to
// start.
func (c *cli) startOne(ctx context.Context, e *engine.Engine, container *container.Container) error {
	if container.State.Paused {
		return fmt.Errorf("cannot start a paused container, try unpause instead")
	}
	if container.State.Running {
		return nil
	}
	return startStopped(ctx, e, container)
}

// startStopped starts a container that does not run any more, whatever is known of
// it from before.
func startStopped(ctx context.Context, e *engine.Engine, container *container.Container) error {
	owned, err := e.Own(ctx, container)
	if err != nil {
		return err
	}
	running, err := e.Start(ctx, owned, engine.Attachment{})
	if err != nil {
		return err
	}
	return running.Leave()
}

// startAndAttach starts a container and stays with it.
func (c *cli) startAndAttach(cmd *cobra.Command, name string, interactive bool, detachKeys string) (exit int, err error) {
	e, container, err := c.find(cmd, name)
	if err != nil {
		return exitError, err
	}
	if container.State.Running {
		return c.attachTo(cmd.Context(), e, container, attachOptions{noStdin: !interactive, sigProxy: true, detachKeys: detachKeys})
	}
	ctx, signals := catchSignals(cmd.Context(), c.stderr, !container.Config.Tty)
	defer signals.end()
	owned, err := e.Own(ctx, container)
	if err != nil {
		return exitError, err
	}
	running, err := c.startAttached(ctx, e, owned, engine.Attachment{Stdin: interactive})
	if err != nil {
		return signals.statusOr(exitError), err
	}
	signals.follow(running)
	config := running.Container.Config
	running.Container.Config.OpenStdin = config.OpenStdin && interactive
	exit, err = c.follow(ctx, running, detachKeys)
	return signals.statusOr(exit), err
}
