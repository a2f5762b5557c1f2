package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/life"
	"drydock/mini-docker/engine/terminal"
	"drydock/mini-docker/explain"
	"drydock/mini-docker/runtime"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"
)

// runOptions are the flags of run.
type runOptions struct {
	engine.CreateOptions

	envFiles   []string
	labels     []string
	entrypoint string
	sigProxy   bool
	detachKeys string
	explain    string
	networking networkFlags
	mounting   mountFlags

	completeLimits func()
}

func (c *cli) runCommand() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run [OPTIONS] IMAGE [COMMAND] [ARG...]",
		Short: "Create and run a new container from an image",
		Args:  atLeast(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd.Flags(), args); err != nil {
				return &statusError{exitEngine, err}
			}
			exit, err := c.run(cmd.Context(), &o)
			if err != nil || exit != 0 {
				return &statusError{exit, err}
			}
			return nil
		},
		DisableFlagsInUseLine: true,
	}
	o.registerCreate(cmd.Flags())
	o.registerRun(cmd.Flags())
	return cmd
}

// registerRun declares the flags that create does not have.
func (o *runOptions) registerRun(flags *pflag.FlagSet) {
	flags.BoolVarP(&o.Detached, "detach", "d", false, "Run container in background and print container ID")
	flags.StringVar(&o.detachKeys, "detach-keys", "", "Override the key sequence for detaching a container")
	flags.BoolVar(&o.sigProxy, "sig-proxy", true, "Proxy received signals to the process")
	registerExplain(flags, &o.explain)
}

// hiddenNames are those that Docker still takes for some flags, and shows no more.
var hiddenNames = map[string]string{"net": "network", "net-alias": "network-alias", "dns-opt": "dns-option"}

// registerCreate declares the flags. They end at the image: what follows is the
// container's command with flags of its own.
func (o *runOptions) registerCreate(flags *pflag.FlagSet) {
	flags.SetInterspersed(false)
	flags.BoolVarP(&o.OpenStdin, "interactive", "i", false, "Keep STDIN open")
	flags.BoolVarP(&o.TTY, "tty", "t", false, "Allocate a pseudo-TTY")
	flags.StringArrayVarP(&o.Env, "env", "e", nil, "Set environment variables")
	flags.StringArrayVar(&o.envFiles, "env-file", nil, "Read in a file of environment variables")
	flags.StringVarP(&o.WorkingDir, "workdir", "w", "", "Working directory inside the container")
	flags.StringVarP(&o.User, "user", "u", "", "Username or UID (format: <name|uid>[:<group|gid>])")
	flags.StringVarP(&o.Hostname, "hostname", "h", "", "Container host name")
	flags.StringVar(&o.Name, "name", "", "Assign a name to the container")
	flags.StringArrayVarP(&o.labels, "label", "l", nil, "Set meta data on a container")
	flags.StringVar(&o.entrypoint, "entrypoint", "", "Overwrite the default ENTRYPOINT of the image")
	flags.StringVar(&o.IDFile, "cidfile", "", "Write the container ID to the file")
	flags.BoolVar(&o.AutoRemove, "rm", false, "Automatically remove the container and its associated anonymous volumes when it exits")
	flags.BoolVar(&o.Init, "init", false, "Run an init inside the container that forwards signals and reaps processes")
	flags.BoolVar(&o.ReadOnly, "read-only", false, "Mount the container's root filesystem as read only")
	flags.StringVar(&o.PID, "pid", "", "PID namespace to use (host|container:<name|id>)")
	flags.StringVar(&o.IPC, "ipc", "", "IPC mode to use (host|container:<name|id>)")
	flags.StringVar(&o.UTS, "uts", "", "UTS namespace to use (host|container:<name|id>)")
	o.networking.register(flags)
	o.mounting.register(flags)
	registerHardening(flags, &o.Hardening)
	o.completeLimits = registerLimits(flags, &o.Limits)
	addUnsupported(flags, runSwitches, runValues)
	flags.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		return pflag.NormalizedName(cmp.Or(hiddenNames[name], name))
	})
}

// complete turns the flags into what the engine wants to know.
func (o *runOptions) complete(flags *pflag.FlagSet, args []string) error {
	o.Image, o.Args = args[0], args[1:]
	if flags.Changed("entrypoint") {
		o.Entrypoint = &[]string{}
		if o.entrypoint != "" {
			o.Entrypoint = &[]string{o.entrypoint}
		}
	}
	if o.WorkingDir != "" && !strings.HasPrefix(o.WorkingDir, "/") {
		return fmt.Errorf("the working directory '%s' is invalid, it needs to be an absolute path", o.WorkingDir)
	}
	fromFiles, err := readEnvFiles(o.envFiles)
	if err != nil {
		return err
	}
	o.Env = append(fromFiles, fromCaller(o.Env)...)
	for _, name := range o.Env {
		if strings.HasPrefix(name, "=") {
			return fmt.Errorf("invalid environment variable: %s", name)
		}
	}
	o.completeLimits()
	if o.Network, err = o.networking.options(); err != nil {
		return err
	}
	if o.Mounts, o.VolumesFrom, err = o.mounting.options(); err != nil {
		return err
	}
	o.Labels = map[string]string{}
	for _, label := range o.labels {
		key, value, _ := strings.Cut(label, "=")
		o.Labels[key] = value
	}
	return nil
}

// run creates a container, runs it and returns its exit status. A status with an
// error means that it did not run, or that something went wrong afterwards.
func (c *cli) run(ctx context.Context, o *runOptions) (exit int, err error) {
	if o.TTY && o.OpenStdin && !o.Detached && !terminal.IsTerminal(c.stdin) {
		return exitError, errors.New("the input device is not a TTY")
	}
	e, err := c.open()
	if err != nil {
		return exitEngine, err
	}
	// From here on a signal must not end the program before it has undone what
	// it did, nor be lost on its way to the container.
	ctx, signals := catchSignals(ctx, c.stderr, o.sigProxy && !o.TTY)
	defer signals.end()
	ctx, narrate, done, err := c.narrator(ctx, o.explain)
	if err != nil {
		return exitEngine, err
	}
	defer done()
	o.Narrate = narrate

	container, err := c.create(ctx, e, o)
	if err != nil {
		return signals.statusOr(exitEngine), err
	}
	c.warn(container.Warnings)
	if o.Detached {
		return c.runDetached(ctx, e, container, signals, narrate)
	}
	running, err := c.startAttached(ctx, e, container, engine.Attachment{Stdin: o.OpenStdin, Narrate: narrate})
	if err != nil {
		return signals.statusOr(startStatus(err)), err
	}
	signals.follow(running)
	exit, err = c.follow(ctx, running, o.detachKeys)
	if err != nil {
		return signals.statusOr(exitEngine), err
	}
	return signals.statusOr(exit), nil
}

// runDetached starts a container that goes on by itself, and prints its id.
func (c *cli) runDetached(ctx context.Context, e *engine.Engine, container *container.Container, signals *signals, narrate explain.Narrator) (exit int, err error) {
	running, err := e.Start(ctx, container, engine.Attachment{Narrate: narrate})
	if err == nil {
		err = running.Leave()
	}
	if err != nil {
		return signals.statusOr(startStatus(err)), err
	}
	fmt.Fprintln(c.stdout, container.ID)
	return 0, nil
}

// follow stays with a container that runs until it ends, and clears away after it,
// or until the person leaves.
func (c *cli) follow(ctx context.Context, running *engine.RunningContainer, detachKeys string) (exit int, err error) {
	connection := running.Connection()
	feed, detached, err := c.startFeed(connection, &running.Container.Config, detachKeys)
	if err != nil {
		return exitEngine, errors.Join(err, running.Leave())
	}
	exit, err = await(ctx, connection, detached)
	feedErr := feed.Close()
	if errors.Is(err, errDetached) {
		return 0, errors.Join(feedErr, running.Leave())
	}
	if err != nil {
		return exitEngine, errors.Join(err, feedErr, running.Leave())
	}
	c.tellOutput(connection)
	return exit, errors.Join(feedErr, running.Finish(context.WithoutCancel(ctx)))
}

// tellOutput says if output of the container could not be passed on. Its exit status
// is not taken away by that, and that a reader has gone is the reader's affair.
func (c *cli) tellOutput(connection *life.Connection) {
	if err := connection.OutputError(); err != nil && !errors.Is(err, unix.EPIPE) {
		fmt.Fprintf(c.stderr, "mini-docker: %v: the rest of it is in `mini-docker logs`, unless the container is gone\n", err)
	}
}

// create creates the container and leaves its id in the file that --cidfile
// names.
func (c *cli) create(ctx context.Context, e *engine.Engine, o *runOptions) (*container.Container, error) {
	if o.IDFile == "" {
		return c.createOrPull(ctx, e, o.CreateOptions)
	}
	file, err := os.OpenFile(o.IDFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("container ID file found, make sure the other container isn't running or delete %s", o.IDFile)
	}
	if err != nil {
		return nil, fmt.Errorf("creating the container ID file: %w", err)
	}
	defer file.Close()
	container, err := c.createOrPull(ctx, e, o.CreateOptions)
	if err != nil {
		os.Remove(o.IDFile)
		return nil, err
	}
	if _, err := file.WriteString(container.ID); err != nil {
		err = fmt.Errorf("writing the container ID file: %w", err)
		return nil, errors.Join(err, e.Discard(context.WithoutCancel(ctx), container))
	}
	return container, nil
}

// startStatus is the exit status of a run whose container could not be started.
func startStatus(err error) int {
	if errors.Is(err, runtime.ErrCommandNotFound) || errors.Is(err, runtime.ErrCommandNotExecutable) {
		return engine.StartExit(err)
	}
	return exitEngine
}
