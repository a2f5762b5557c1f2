package main

import (
	"errors"
	"fmt"

	"drydock/mini-docker/engine/container"

	"github.com/spf13/cobra"
)

func (c *cli) rmCommand() *cobra.Command {
	var force, volumes bool
	cmd := &cobra.Command{
		Use:   "rm [OPTIONS] CONTAINER [CONTAINER...]",
		Short: "Remove one or more containers",
		Args:  atLeast(1),
		RunE:  func(cmd *cobra.Command, args []string) error { return c.rm(cmd, args, force, volumes) },

		DisableFlagsInUseLine: true,
	}
	cmd.Flags().BoolVarP(&force, "force", "f", false, "Force the removal of a running container (uses SIGKILL)")
	cmd.Flags().BoolVarP(&volumes, "volumes", "v", false, "Remove anonymous volumes associated with the container")
	addUnsupported(cmd.Flags(), "link,l", "")
	return cmd
}

// rm removes containers and prints each name as it was given. One that cannot be
// removed does not stop the others.
func (c *cli) rm(cmd *cobra.Command, args []string, force, volumes bool) error {
	e, err := c.open()
	if err != nil {
		return err
	}
	remove := e.Remove
	if volumes {
		remove = e.RemoveWithVolumes
	}
	failed := false
	for _, name := range args {
		found, err := e.Find(cmd.Context(), name)
		if err == nil {
			err = remove(cmd.Context(), found, force)
		}
		if err == nil {
			fmt.Fprintln(c.stdout, name)
			continue
		}
		fmt.Fprintln(c.stderr, describe(err))
		// By force means: it must not be there. It is not.
		failed = failed || !force || !errors.Is(err, container.ErrNotExist)
	}
	if failed {
		return &statusError{exitError, nil}
	}
	return nil
}
