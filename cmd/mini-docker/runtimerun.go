package main

import (
	"errors"
	"fmt"
	"os"

	"drydock/mini-docker/engine/terminal"
	"drydock/mini-docker/runtime"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"
)

// registerBundle declares the flags that create and run share.
func registerBundle(cmd *cobra.Command, o *runtime.CreateOptions) (preserve *int) {
	flags := cmd.Flags()
	flags.StringVarP(&o.Bundle, "bundle", "b", ".", "Folder that holds config.json")
	flags.StringVar(&o.PidFile, "pid-file", "", "File to write the process id to")
	flags.StringVar(&o.ConsoleSocket, "console-socket", "", "Socket that receives the terminal")
	flags.BoolVar(&o.KeepKeyring, "no-new-keyring", false, "Leave the caller's session keyring to the container")
	addUnsupported(flags, "no-pivot no-subreaper", "")
	return registerPreserve(flags)
}

func registerPreserve(flags *pflag.FlagSet) *int {
	return flags.Int("preserve-fds", 0, "How many of the caller's open descriptors the command gets, from 3 on")
}

// preserved are the descriptors that whoever called us has left open. Our own close
// when another program is executed.
func preserved(number int) (files []*os.File, err error) {
	for fd := 3; fd < 3+number; fd++ {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC != 0 {
			return nil, fmt.Errorf("--preserve-fds %d: descriptor %d is not open", number, fd)
		}
		files = append(files, os.NewFile(uintptr(fd), fmt.Sprint("descriptor ", fd)))
	}
	return files, nil
}

func (c *cli) runtimeRun(open opener) *cobra.Command {
	var keep bool
	var preserve *int
	o := runtime.CreateOptions{Stdin: c.stdin, Stdout: c.stdout, Stderr: c.stderr}
	cmd := &cobra.Command{
		Use: "run [OPTIONS] CONTAINER-ID", Short: "Create a container from a bundle, run it and delete it", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.ID = args[0]
			var err error
			if o.Preserved, err = preserved(*preserve); err != nil {
				return err
			}
			exit, err := c.runBundle(cmd, open(), o, keep)
			if err != nil || exit != 0 {
				return &statusError{exit, err}
			}
			return nil
		},
		DisableFlagsInUseLine: true,
	}
	preserve = registerBundle(cmd, &o)
	cmd.Flags().BoolVarP(&o.Detached, "detach", "d", false, "Do not wait for the container's end")
	cmd.Flags().BoolVar(&keep, "keep", false, "Do not delete the container when it has ended")
	return cmd
}

// runBundle takes a container through its life, or to its start if it is to go on
// by itself.
func (c *cli) runBundle(cmd *cobra.Command, r *runtime.Runtime, o runtime.CreateOptions, keep bool) (exit int, err error) {
	ctx, signals := catchSignals(cmd.Context(), c.stderr, true)
	defer signals.end()
	process, err := r.Create(ctx, o)
	if err != nil {
		return signals.statusOr(exitError), err
	}
	done, err := c.showConsole(process.Console)
	if err == nil {
		err = r.Start(ctx, o.ID)
	}
	if err != nil {
		return max(exitError, execStatus(err)), errors.Join(err, r.Delete(o.ID, true), done())
	}
	if o.Detached {
		return 0, nil
	}
	signals.follow(started{r, o.ID})
	exit, err = process.Wait()
	err = errors.Join(err, done())
	if !keep {
		err = errors.Join(err, r.Delete(o.ID, false))
	}
	return exit, err
}

// started is a container of a bundle that runs.
type started struct {
	runtime *runtime.Runtime
	id      string
}

func (s started) Signal(signal unix.Signal) error { return s.runtime.Kill(s.id, signal) }

// showConsole connects a container's terminal with ours, if it has one. done puts
// ours back and must be called after the container's end.
func (c *cli) showConsole(console *os.File) (done func() error, err error) {
	if console == nil {
		return func() error { return nil }, nil
	}
	peer, err := terminal.OpenConsole(console, c.stdout)
	if err != nil {
		return func() error { return nil }, err
	}
	stdin := c.stdin
	if !terminal.IsTerminal(stdin) {
		stdin = nil
	}
	session, err := terminal.Attach(peer, stdin, c.stdout)
	if err != nil {
		return peer.Close, err
	}
	return func() error { return errors.Join(peer.Close(), session.Close()) }, nil
}
