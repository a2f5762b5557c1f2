package main

import (
	"context"
	"fmt"
	"strconv"

	"drydock/mini-docker/builder"
	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/filesystem"
	"drydock/mini-docker/image"

	"github.com/docker/go-units"
	"github.com/spf13/cobra"
)

// dfCommand is `system df`.
func (c *cli) dfCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "df [OPTIONS]",
		Short: "Show disk usage",
		Args:  atMost(0),
		RunE:  c.mapped(func(cmd *cobra.Command, _ []string) error { return c.diskUsage(cmd.Context(), format) }),

		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVar(&format, "format", "", "Format output using a custom template: 'table', 'table TEMPLATE', 'json' or 'TEMPLATE'")
	addUnsupported(cmd.Flags(), "verbose,v", "")
	return cmd
}

// taken is what things of one kind take on the disk.
type taken struct {
	total, active     int
	size, reclaimable int64 // bytes
}

// add counts one thing, whose size is lost with it if nobody uses it.
func (u *taken) add(size int64, used bool) {
	u.total++
	u.size += size
	if used {
		u.active++
	} else {
		u.reclaimable += size
	}
}

func (u taken) row(kind string) row {
	reclaimable := units.HumanSize(float64(u.reclaimable))
	if u.size > 0 {
		reclaimable += fmt.Sprintf(" (%d%%)", u.reclaimable*100/u.size)
	}
	return row{"Type": kind, "TotalCount": strconv.Itoa(u.total), "Active": strconv.Itoa(u.active),
		"Size": units.HumanSize(float64(u.size)), "Reclaimable": reclaimable}
}

func (c *cli) diskUsage(ctx context.Context, format string) error {
	e, err := c.open()
	if err != nil {
		return err
	}
	containers, err := e.List(ctx)
	if err != nil {
		return err
	}
	images, err := imageUsage(ctx, e, containers)
	if err != nil {
		return err
	}
	volumes, err := volumeUsage(e)
	if err != nil {
		return err
	}
	cache, err := builder.CacheSize(e)
	if err != nil {
		return err
	}
	var written taken
	for _, each := range containers {
		written.add(sizeOf(filesystem.WrittenBy(each)), each.State.Running)
	}
	headers := row{"Type": "TYPE", "TotalCount": "TOTAL", "Active": "ACTIVE", "Size": "SIZE", "Reclaimable": "RECLAIMABLE"}
	const columns = "{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}"
	return listing{headers, columns, format}.print(c.stdout, []row{
		images.row("Images"), written.row("Containers"), volumes.row("Local Volumes"),
		taken{total: cache.Steps, size: cache.Bytes, reclaimable: cache.Bytes}.row("Build Cache"),
	})
}

// imageUsage counts a layer once that several images share.
func imageUsage(ctx context.Context, e *engine.Engine, containers []*container.Container) (taken, error) {
	used := map[string]bool{}
	for _, each := range containers {
		used[each.Image] = true
	}
	store, err := e.Images(ctx)
	if err != nil {
		return taken{}, err
	}
	isUsed := func(i *image.Image) bool { return used[i.ID.String()] }
	layers, err := store.DiskUsage(ctx, isUsed)
	if err != nil {
		return taken{}, err
	}
	images, err := store.List()
	sum := taken{size: layers.Bytes, reclaimable: layers.Unused}
	for _, each := range images {
		sum.add(0, isUsed(each))
	}
	return sum, err
}

func volumeUsage(e *engine.Engine) (taken, error) {
	var sum taken
	users, err := e.VolumeUsers()
	if err != nil {
		return sum, err
	}
	volumes, err := e.Volumes().List()
	for _, each := range volumes {
		sum.add(sizeOf(each.Mountpoint), len(users[each.Name]) > 0)
	}
	return sum, err
}
