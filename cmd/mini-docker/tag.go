package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"drydock/mini-docker/engine/filter"
	"drydock/mini-docker/image"

	"github.com/docker/go-units"
	"github.com/spf13/cobra"
)

func (c *cli) tagCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
		Short: "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
		Args:  between(2, 2),
		RunE:  c.mapped(func(cmd *cobra.Command, args []string) error { return c.tag(cmd.Context(), args[0], args[1]) }),

		DisableFlagsInUseLine: true,
	}
}

func (c *cli) tag(ctx context.Context, source, target string) error {
	name, err := image.ParseName(target)
	if err != nil {
		return fmt.Errorf("Error parsing reference: %q is not a valid repository/tag: %w", target, err)
	}
	store, err := c.images(ctx)
	if err != nil {
		return err
	}
	found, err := store.Get(source)
	if err != nil {
		return err
	}
	return store.Tag(ctx, found, name)
}

func (c *cli) rmiCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "rmi [OPTIONS] IMAGE [IMAGE...]",
		Short: "Remove one or more images",
		Args:  atLeast(1),
		RunE:  c.mapped(func(cmd *cobra.Command, args []string) error { return c.rmi(cmd.Context(), args, force) }),

		DisableFlagsInUseLine: true,
	}
	cmd.Flags().BoolVarP(&force, "force", "f", false, "Force removal of the image")
	// Docker's other choice keeps parents that have no name; there are none here.
	cmd.Flags().Bool("no-prune", false, "Do not delete untagged parents (there are none here)")
	addUnsupported(cmd.Flags(), "", "platform")
	return cmd
}

// rmi removes images, or names of them, and says what is gone. One that cannot be
// removed does not stop the others.
func (c *cli) rmi(ctx context.Context, names []string, force bool) error {
	e, err := c.open()
	if err != nil {
		return err
	}
	failed := false
	for _, name := range names {
		removed, err := e.RemoveImage(ctx, name, force)
		c.printRemoved(removed)
		if err != nil {
			fmt.Fprintln(c.stderr, describe(err))
			failed = failed || !force || !errors.Is(err, image.ErrNotFound)
		}
	}
	if failed {
		return &statusError{exitError, nil}
	}
	return nil
}

func (c *cli) printRemoved(removed image.Removed) {
	for _, name := range removed.Untagged {
		fmt.Fprintln(c.stdout, "Untagged:", name)
	}
	for _, id := range removed.Deleted {
		fmt.Fprintln(c.stdout, "Deleted:", id)
	}
}

func (c *cli) imagePruneCommand() *cobra.Command {
	var all, force bool
	var filters []string
	cmd := &cobra.Command{
		Use:   "prune [OPTIONS]",
		Short: "Remove unused images",
		Args:  atMost(0),
		RunE:  c.mapped(func(cmd *cobra.Command, _ []string) error { return c.pruneImages(cmd.Context(), all, force, filters) }),

		DisableFlagsInUseLine: true,
	}
	cmd.Flags().BoolVarP(&all, "all", "a", false, "Remove all unused images, not just dangling ones")
	cmd.Flags().BoolVarP(&force, "force", "f", false, "Do not prompt for confirmation")
	cmd.Flags().StringArrayVar(&filters, "filter", nil, "Take only what meets conditions: dangling, label, label!, until")
	return cmd
}

func (c *cli) pruneImages(ctx context.Context, all, force bool, texts []string) error {
	texts = slices.DeleteFunc(slices.Clone(texts), func(text string) bool {
		value, isDangling := strings.CutPrefix(text, "dangling=")
		all = all || isDangling && value == "false"
		return isDangling && (value == "true" || value == "false")
	})
	unused, err := filter.Unused(texts, time.Now())
	if err != nil {
		return err
	}
	what := "all dangling images"
	if all {
		what = "all images without at least one container associated to them"
	}
	if !force && !c.confirm("WARNING! This will remove "+what+".\nAre you sure you want to continue? [y/N] ") {
		return nil
	}
	e, err := c.open()
	if err != nil {
		return err
	}
	freed, err := c.removeImages(ctx, e, all, unused)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, "Total reclaimed space:", units.HumanSize(float64(freed)))
	return nil
}

// confirm asks a question that is no unless a person says yes.
func (c *cli) confirm(question string) bool {
	fmt.Fprint(c.stdout, question)
	var answer string
	fmt.Fscanln(c.stdin, &answer)
	return answer == "y" || answer == "Y" || answer == "yes"
}
