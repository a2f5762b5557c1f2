package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

// systemCommand is `system`, of which `check` is not Docker's.
func (c *cli) systemCommand() *cobra.Command {
	group := &cobra.Command{
		Use:   "system COMMAND",
		Short: "Look after what is kept on the disk",
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		DisableFlagsInUseLine: true,
	}
	var repair bool
	check := &cobra.Command{
		Use:   "check [OPTIONS]",
		Short: "Compare all images with their digests, and say what is damaged",
		Args:  atMost(0),
		RunE: c.mapped(func(cmd *cobra.Command, _ []string) error {
			return c.interruptible(cmd.Context(), func(ctx context.Context) error { return c.checkStore(ctx, repair) })
		}),
		DisableFlagsInUseLine: true,
	}
	check.Flags().BoolVar(&repair, "repair", false, "Remove what is damaged, so that it is fetched again")
	group.AddCommand(check, c.dfCommand(), c.systemPruneCommand())
	return group
}

func (c *cli) checkStore(ctx context.Context, repair bool) error {
	store, err := c.images(ctx)
	if err != nil {
		return err
	}
	found, err := store.Verify(ctx, repair)
	for _, each := range found {
		fmt.Fprint(c.stdout, each.What)
		if each.Help != "" {
			fmt.Fprint(c.stdout, ": ", each.Help)
		}
		fmt.Fprintln(c.stdout)
	}
	switch {
	case err != nil:
		return err
	case len(found) == 0:
		fmt.Fprintln(c.stdout, "All images are whole.")
	case repair:
		fmt.Fprintln(c.stdout, "What was damaged is removed.")
	default:
		fmt.Fprintln(c.stdout, "To remove what is damaged: mini-docker system check --repair")
		return &statusError{exitError, nil}
	}
	return nil
}
