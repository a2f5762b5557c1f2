package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"drydock/labs/world"
	"drydock/mini-docker/engine/dirs"
	"drydock/mini-docker/sandbox"
	"drydock/testscripts"
)

// shellCommand opens a sandbox that belongs to no lesson.
func shellCommand(t *tutor) *cobra.Command {
	return &cobra.Command{
		Use:   "shell",
		Short: "open a sandbox to try things in, of which nothing is left",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return t.sandbox(cmd.Context(), []string{"/bin/sh"}, world.Options{Images: dirs.Locate("").Root, Published: t.unreached})
		},
	}
}

// sandboxCommand runs one command in a sandbox of its own.
func sandboxCommand(t *tutor) *cobra.Command {
	var asUser bool
	cmd := &cobra.Command{
		Use:   "sandbox -- COMMAND [ARG…]",
		Short: "run a command in a sandbox of its own",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.sandbox(cmd.Context(), args, world.Options{DropToUser: asUser, Published: t.unreached})
		},
	}
	cmd.Flags().BoolVar(&asUser, "as-user", false, "even for root, the sandbox that an ordinary user gets")
	cmd.Flags().SetInterspersed(false)
	return cmd
}

// sandbox runs a command in a new sandbox; its exit status becomes ours.
func (t *tutor) sandbox(ctx context.Context, args []string, o world.Options) error {
	ctx, stop := signal.NotifyContext(context.WithoutCancel(ctx), unix.SIGTERM, unix.SIGHUP)
	defer stop()
	m, err := t.learner().Machine()
	if err != nil {
		return err
	}
	w, err := m.Open(ctx, o)
	if err != nil {
		return err
	}
	defer w.Close()
	for _, refused := range w.Refused {
		t.warn(refused)
	}
	t.warnNotLent(w)
	exit, err := w.Exec(ctx, sandbox.Command{
		Args: args, Dir: "/root", Env: world.Env("PS1=" + prompt("")),
		Stdin: t.in, Stdout: t.out, Stderr: os.Stderr,
	})
	if errors.Is(err, sandbox.ErrNotFound) || errors.Is(err, sandbox.ErrNotExecutable) {
		t.warn(err.Error())
		return exitCode(exit)
	}
	if err == nil && exit != 0 {
		return exitCode(exit)
	}
	return err
}

// unreached tells of a port of the sandbox that does not answer outside. Whoever works
// inside has the terminal, so it is a line of its own that begins in the first column.
func (t *tutor) unreached(refused error) {
	fmt.Fprintf(t.err, "\r\ndrydock: %v\r\n", refused)
}

// warnNotLent says why this machine's images are not in a sandbox that was to have
// them.
func (t *tutor) warnNotLent(w *world.World) {
	if w.NotLent != nil {
		t.warn("the images of this machine are not in the sandbox: " + w.NotLent.Error())
	}
}

// internalScriptCommand runs a test script inside of a sandbox, for the
// drydock outside. It is the other half of world.Check.
func internalScriptCommand(t *tutor) *cobra.Command {
	return &cobra.Command{
		Use:    testscripts.Verb,
		Hidden: true,
		Args:   noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return testscripts.Serve(cmd.Context(), t.in, t.out)
		},
	}
}
