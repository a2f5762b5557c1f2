package main

import (
	"context"
	"fmt"

	"drydock/mini-docker/builder"

	"github.com/docker/go-units"
	"github.com/spf13/cobra"
)

// builderCommand is `builder`, whose `build` is also a command by itself.
func (c *cli) builderCommand() *cobra.Command {
	group := &cobra.Command{
		Use:   "builder COMMAND",
		Short: "Manage builds",
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		DisableFlagsInUseLine: true,
	}
	var force, all bool
	prune := &cobra.Command{
		Use:   "prune [OPTIONS]",
		Short: "Remove build cache",
		Args:  atMost(0),
		RunE: c.mapped(func(cmd *cobra.Command, _ []string) error {
			const question = "WARNING! This will remove all build cache.\nAre you sure you want to continue? [y/N] "
			if !force && !c.confirm(question) {
				return nil
			}
			return c.interruptible(cmd.Context(), c.pruneBuilds)
		}),
		DisableFlagsInUseLine: true,
	}
	prune.Flags().BoolVarP(&force, "force", "f", false, "Do not prompt for confirmation")
	prune.Flags().BoolVarP(&all, "all", "a", false, "Remove all build cache (as without it: nothing is kept back)")
	addUnsupported(prune.Flags(), "", "filter keep-storage")
	group.AddCommand(prune, c.buildCommand())
	return group
}

func (c *cli) pruneBuilds(ctx context.Context) error {
	e, err := c.open()
	if err != nil {
		return err
	}
	freed, err := builder.Prune(ctx, e)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, "Total reclaimed space:", units.HumanSize(float64(freed)))
	return nil
}
