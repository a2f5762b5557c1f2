package main

import (
	"context"
	"errors"
	"os"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/terminal"
	"drydock/mini-docker/runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/spf13/cobra"
)

// execOptions are the flags of exec.
type execOptions struct {
	engine.ExecOptions

	interactive, detach bool
	envFiles            []string
	detachKeys          string
}

func (c *cli) execCommand() *cobra.Command {
	var o execOptions
	cmd := &cobra.Command{
		Use:   "exec [OPTIONS] CONTAINER COMMAND [ARG...]",
		Short: "Execute a command in a running container",
		Args:  atLeast(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Args = args[1:]
			fromFiles, err := readEnvFiles(o.envFiles)
			if err != nil {
				return err
			}
			o.Env = append(fromFiles, fromCaller(o.Env)...)
			exit, err := c.exec(cmd, args[0], &o)
			if err != nil || exit != 0 {
				return &statusError{exit, err}
			}
			return nil
		},
		DisableFlagsInUseLine: true,
	}
	flags := cmd.Flags()
	flags.SetInterspersed(false)
	flags.BoolVarP(&o.interactive, "interactive", "i", false, "Keep STDIN open even if not attached")
	flags.BoolVarP(&o.TTY, "tty", "t", false, "Allocate a pseudo-TTY")
	flags.BoolVarP(&o.detach, "detach", "d", false, "Detached mode: run command in the background")
	flags.StringVarP(&o.User, "user", "u", "", "Username or UID (format: <name|uid>[:<group|gid>])")
	flags.StringVarP(&o.WorkingDir, "workdir", "w", "", "Working directory inside the container")
	flags.StringArrayVarP(&o.Env, "env", "e", nil, "Set environment variables")
	flags.StringArrayVar(&o.envFiles, "env-file", nil, "Read in a file of environment variables")
	flags.BoolVar(&o.Privileged, "privileged", false, "Give extended privileges to the command")
	flags.StringVar(&o.detachKeys, "detach-keys", "", "Override the key sequence for detaching a container")
	return cmd
}

// exec runs a command in a container and returns its exit status.
func (c *cli) exec(cmd *cobra.Command, name string, o *execOptions) (exit int, err error) {
	if o.TTY && o.interactive && !o.detach && !terminal.IsTerminal(c.stdin) {
		return exitError, errors.New("the input device is not a TTY")
	}
	e, container, err := c.find(cmd, name)
	if err != nil {
		return exitError, err
	}
	// With a handler, Ctrl-C does not end this program before the command.
	ctx, signals := catchSignals(cmd.Context(), c.stderr, false)
	defer signals.end()
	switch {
	case o.detach:
		o.TTY = false // nobody holds its other end
		_, err = e.Exec(ctx, container, o.ExecOptions)
		return execStatus(err), err
	case o.TTY:
		exit, err = c.execTerminal(ctx, e, container, o)
	default:
		exit, err = c.execPipes(ctx, e, container, o)
	}
	return signals.statusOr(exit), err
}

// execPipes runs a command without a terminal. Its streams are pipes of ours: it
// gets no file of the caller's.
func (c *cli) execPipes(ctx context.Context, e *engine.Engine, container *container.Container, o *execOptions) (exit int, err error) {
	stdin := c.stdin
	if !o.interactive {
		stdin = nil
	}
	pipes, err := terminal.NewPipes(stdin, c.stdout, c.stderr)
	if err != nil {
		return exitError, err
	}
	o.Stdin, o.Stdout, o.Stderr = pipes.Stdin, pipes.Stdout, pipes.Stderr
	process, err := e.Exec(ctx, container, o.ExecOptions)
	pipes.Started()
	if err != nil {
		return execStatus(err), errors.Join(err, pipes.Finish())
	}
	exit, err = awaitProcess(ctx, process)
	return exit, errors.Join(err, pipes.Finish())
}

// execTerminal runs a command with a terminal of its own.
func (c *cli) execTerminal(ctx context.Context, e *engine.Engine, container *container.Container, o *execOptions) (exit int, err error) {
	keys, err := terminal.ParseKeys(o.detachKeys)
	if err != nil {
		return exitError, err
	}
	if rows, columns, err := terminal.Size(c.stdout); err == nil && rows != 0 {
		o.ConsoleSize = &specs.Box{Height: uint(rows), Width: uint(columns)}
	}
	process, err := e.Exec(ctx, container, o.ExecOptions)
	if err != nil {
		return execStatus(err), err
	}
	console, err := terminal.OpenConsole(process.Console, c.stdout)
	if err != nil {
		return exitError, err
	}
	var stdin *os.File
	if o.interactive {
		stdin = c.stdin
	}
	detached := make(chan struct{})
	session, err := terminal.Attach(terminal.Detachable(console, keys, detached), stdin, c.stdout)
	if err != nil {
		return exitError, errors.Join(err, console.Close())
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-detached:
			cancel(errDetached)
		case <-ctx.Done():
		}
	}()
	exit, err = awaitProcess(ctx, process)
	return exit, errors.Join(err, console.Close(), session.Close())
}

// awaitProcess waits for a command's end, or for the person to leave it alone.
func awaitProcess(ctx context.Context, process *runtime.Process) (exit int, err error) {
	select {
	case <-process.Done():
		return process.Wait()
	case <-ctx.Done():
		return 0, nil
	}
}

// execStatus is the exit status of an exec whose command could not be executed, as
// Docker's: scripts tell by it whether the command failed, or never ran.
func execStatus(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, engine.ErrInvalid):
		return exitError
	case errors.Is(err, runtime.ErrCommandNotFound):
		return exitNotFound
	}
	return exitNotExecuted
}
