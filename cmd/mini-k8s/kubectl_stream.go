package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/signal"

	"drydock/mini-k8s/kubectl"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

func (f *kubectlFlags) logs() *cobra.Command {
	var container string
	var follow, previous, timestamps bool
	var tail int
	cmd := &cobra.Command{
		Use: "logs POD", Short: "Show what a container has said", Args: cobra.ExactArgs(1),
		RunE: f.tell(func(k *kubectl.Kubectl, cmd *cobra.Command, args []string) error {
			t, err := pod(k, args[0])
			if err != nil {
				return err
			}
			query := url.Values{"follow": {fmt.Sprint(follow)}, "previous": {fmt.Sprint(previous)}, "timestamps": {fmt.Sprint(timestamps)}}
			if container != "" {
				query.Set("container", container)
			}
			if tail >= 0 {
				query.Set("tailLines", fmt.Sprint(tail))
			}
			return k.Logs(cmd.Context(), t, query)
		}),
	}
	cmd.Flags().StringVarP(&container, "container", "c", "", "Which container")
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "And go on with what it says")
	cmd.Flags().BoolVarP(&previous, "previous", "p", false, "Of the one before, that has ended")
	cmd.Flags().BoolVar(&timestamps, "timestamps", false, "With the time of each line")
	cmd.Flags().IntVar(&tail, "tail", -1, "Only the last lines (-1: all)")
	return cmd
}

func (f *kubectlFlags) exec() *cobra.Command {
	run := kubectl.Exec{}
	cmd := &cobra.Command{
		Use: "exec POD [-it] -- COMMAND [ARG...]", Short: "Run a command in a container", Args: cobra.MinimumNArgs(1),
		RunE: f.tell(func(k *kubectl.Kubectl, cmd *cobra.Command, args []string) error {
			if run.Command = args[1:]; len(run.Command) == 0 {
				return errors.New("you must specify at least one command for the container")
			}
			t, err := pod(k, args[0])
			if err != nil {
				return err
			}
			exit, err := inTerminal(cmd.Context(), run.TTY, func(ctx context.Context, sizes <-chan [2]uint16) (int, error) {
				return k.Exec(ctx, t, run, sizes)
			})
			if err == nil && exit != 0 {
				fmt.Fprintf(k.Err, "command terminated with exit code %d\n", exit)
				err = exitError(exit)
			}
			return err
		}),
	}
	cmd.Flags().StringVarP(&run.Container, "container", "c", "", "Which container")
	cmd.Flags().BoolVarP(&run.Stdin, "stdin", "i", false, "Pass on what is typed")
	cmd.Flags().BoolVarP(&run.TTY, "tty", "t", false, "In a terminal")
	return cmd
}

// inTerminal runs something with the keys of this terminal as they are typed,
// and tells it the terminal's size when that changes.
func inTerminal(ctx context.Context, wanted bool, run func(context.Context, <-chan [2]uint16) (int, error)) (int, error) {
	own := int(os.Stdin.Fd())
	if !wanted || !term.IsTerminal(own) {
		return run(ctx, nil)
	}
	before, err := term.MakeRaw(own)
	if err != nil {
		return 0, err
	}
	defer func() { _ = term.Restore(own, before) }() // there is nobody to tell
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changed, sizes := make(chan os.Signal, 1), make(chan [2]uint16)
	signal.Notify(changed, unix.SIGWINCH)
	defer signal.Stop(changed)
	go func() {
		defer close(sizes)
		for {
			if width, height, err := term.GetSize(own); err == nil {
				select {
				case sizes <- [2]uint16{uint16(width), uint16(height)}:
				case <-ctx.Done():
					return
				}
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	}()
	return run(ctx, sizes)
}
