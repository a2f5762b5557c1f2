package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"drydock/mini-docker/builder"
	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/filesystem"
	"drydock/mini-docker/engine/filter"
	"drydock/mini-docker/image"
	"drydock/mini-docker/volume"

	"github.com/docker/go-units"
	"github.com/spf13/cobra"
)

type systemPruneOptions struct {
	all, volumes, force bool
	filters             []string
}

// systemPruneCommand is `system prune`.
func (c *cli) systemPruneCommand() *cobra.Command {
	var o systemPruneOptions
	cmd := &cobra.Command{
		Use:   "prune [OPTIONS]",
		Short: "Remove unused data",
		Args:  atMost(0),
		RunE: c.mapped(func(cmd *cobra.Command, _ []string) error {
			return c.interruptible(cmd.Context(), func(ctx context.Context) error { return c.pruneSystem(ctx, o) })
		}),
		DisableFlagsInUseLine: true,
	}
	flags := cmd.Flags()
	flags.BoolVarP(&o.all, "all", "a", false, "Remove all unused images, not just dangling ones")
	flags.BoolVar(&o.volumes, "volumes", false, "Prune anonymous volumes")
	flags.BoolVarP(&o.force, "force", "f", false, "Do not prompt for confirmation")
	flags.StringArrayVar(&o.filters, "filter", nil, "Take only what meets conditions: label, label!, until")
	return cmd
}

// containerPruneCommand is `container prune`.
func (c *cli) containerPruneCommand() *cobra.Command {
	var force bool
	var filters []string
	cmd := &cobra.Command{
		Use:   "prune [OPTIONS]",
		Short: "Remove all stopped containers",
		Args:  atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			unused, err := filter.Unused(filters, time.Now())
			if err != nil || !force && !c.confirm("WARNING! This will remove all stopped containers.\nAre you sure you want to continue? [y/N] ") {
				return err
			}
			e, err := c.open()
			if err != nil {
				return err
			}
			freed, err := c.pruneContainers(cmd.Context(), e, unused)
			fmt.Fprintln(c.stdout, "Total reclaimed space:", units.HumanSize(float64(freed)))
			return err
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().BoolVarP(&force, "force", "f", false, "Do not prompt for confirmation")
	cmd.Flags().StringArrayVar(&filters, "filter", nil, "Take only what meets conditions: label, label!, until")
	return cmd
}

// pruneSystem removes what nothing needs: containers first, since they need the rest.
func (c *cli) pruneSystem(ctx context.Context, o systemPruneOptions) error {
	unused, err := filter.Unused(o.filters, time.Now())
	if err != nil || !o.force && !c.confirm(o.question()) {
		return err
	}
	e, err := c.open()
	if err != nil {
		return err
	}
	freed, err := c.pruneContainers(ctx, e, unused)
	if err != nil {
		return err
	}
	if err := c.networkPrune(ctx); err != nil {
		return err
	}
	if o.volumes {
		size, err := c.removeVolumes(e, func(v *volume.Volume) bool { return v.IsAnonymous() && unused.Takes(v.Labels, v.CreatedAt) })
		if freed += size; err != nil {
			return err
		}
	}
	size, err := c.removeImages(ctx, e, o.all, unused)
	if freed += size; err != nil {
		return err
	}
	size, err = builder.Prune(ctx, e)
	if freed += size; err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, "Total reclaimed space:", units.HumanSize(float64(freed)))
	return nil
}

func (o systemPruneOptions) question() string {
	what := []string{"all stopped containers", "all networks not used by at least one container"}
	if o.volumes {
		what = append(what, "all anonymous volumes not used by at least one container")
	}
	if o.all {
		what = append(what, "all images without at least one container associated to them", "all build cache")
	} else {
		what = append(what, "all dangling images", "unused build cache")
	}
	return "WARNING! This will remove:\n  - " + strings.Join(what, "\n  - ") + "\n\nAre you sure you want to continue? [y/N] "
}

// pruneContainers removes the containers that do not run, and returns how many bytes
// they had written.
func (c *cli) pruneContainers(ctx context.Context, e *engine.Engine, unused filter.OfUnused) (freed int64, err error) {
	all, err := e.List(ctx)
	if err != nil {
		return 0, err
	}
	removed := 0
	for _, each := range all {
		if each.State.Running || !unused.Takes(each.Config.Labels, each.Created) {
			continue
		}
		size := sizeOf(filesystem.WrittenBy(each))
		err := e.Remove(ctx, each, false)
		if errors.Is(err, container.ErrNotExist) || errors.Is(err, engine.ErrRunning) {
			continue // somebody was quicker
		}
		if err != nil {
			return freed, err
		}
		if removed++; removed == 1 {
			fmt.Fprintln(c.stdout, "Deleted Containers:")
		}
		fmt.Fprintln(c.stdout, each.ID)
		freed += size
	}
	if removed > 0 {
		fmt.Fprintln(c.stdout)
	}
	return freed, nil
}

// removeImages removes unused images and returns how many bytes of layers went.
func (c *cli) removeImages(ctx context.Context, e *engine.Engine, all bool, unused filter.OfUnused) (int64, error) {
	store, err := e.Images(ctx)
	if err != nil {
		return 0, err
	}
	nobody := func(*image.Image) bool { return false }
	before, err := store.DiskUsage(ctx, nobody)
	if err != nil {
		return 0, err
	}
	removed, err := e.PruneImages(ctx, func(i *image.Image) bool {
		return (all || len(i.Names) == 0) && unused.Takes(i.Config.Config.Labels, i.Created)
	})
	if err != nil {
		return 0, err
	}
	if len(removed.Deleted) > 0 {
		fmt.Fprintln(c.stdout, "Deleted Images:")
		for _, name := range removed.Untagged {
			fmt.Fprintln(c.stdout, "untagged:", name)
		}
		for _, id := range removed.Deleted {
			fmt.Fprintln(c.stdout, "deleted:", id)
		}
		fmt.Fprintln(c.stdout)
	}
	after, err := store.DiskUsage(ctx, nobody)
	return before.Bytes - after.Bytes, err
}
