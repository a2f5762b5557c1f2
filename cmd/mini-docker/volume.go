package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/filter"
	"drydock/mini-docker/volume"

	"github.com/docker/go-units"
	"github.com/spf13/cobra"
)

func (c *cli) volumeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "volume COMMAND",
		Short: "Manage volumes",
		Args:  atMost(0),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	inspect, remove := c.volumeInspectCommand(), c.volumeRmCommand()
	inspect.ValidArgsFunction, remove.ValidArgsFunction = c.completeVolumes, c.completeVolumes
	cmd.AddCommand(c.volumeCreateCommand(), c.volumeLsCommand(), inspect, remove, c.volumePruneCommand())
	return cmd
}

func (c *cli) volumeCreateCommand() *cobra.Command {
	var name, driver string
	var labels []string
	cmd := &cobra.Command{
		Use:   "create [OPTIONS] [VOLUME]",
		Short: "Create a volume",
		Args:  atMost(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 && name != "" {
				return errors.New("conflicting options: cannot specify a volume-name through both --name and as a positional arg")
			}
			if driver != "local" {
				return fmt.Errorf("could not find plugin %s: only the driver local is supported yet", driver)
			}
			wanted := volume.Volume{Name: name, Labels: pairs(labels)}
			if len(args) == 1 {
				wanted.Name = args[0]
			}
			if wanted.Name == "" {
				wanted.Name, wanted.Labels[volume.AnonymousLabel] = volume.NewName(), ""
			}
			e, err := c.open()
			if err != nil {
				return err
			}
			made, err := e.Volumes().Create(wanted)
			if err != nil {
				return err
			}
			fmt.Fprintln(c.stdout, made.Name)
			return nil
		},
		DisableFlagsInUseLine: true,
	}
	flags := cmd.Flags()
	flags.StringVarP(&driver, "driver", "d", "local", "Specify volume driver name")
	flags.StringVar(&name, "name", "", "Specify volume name")
	flags.MarkHidden("name")
	flags.StringArrayVar(&labels, "label", nil, "Set metadata for a volume")
	addUnsupported(flags, "", "opt,o group scope sharing availability type secret limit-bytes required-bytes topology-required topology-preferred")
	return cmd
}

func (c *cli) volumeInspectCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "inspect [OPTIONS] VOLUME [VOLUME...]",
		Short: "Display detailed information on one or more volumes",
		Args:  atLeast(1),
		RunE:  func(cmd *cobra.Command, args []string) error { return c.inspect(cmd, args, format, "volume") },

		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVarP(&format, "format", "f", "", "Format output using a custom template: 'json' or 'TEMPLATE'")
	return cmd
}

func (c *cli) volumeRmCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:     "rm [OPTIONS] VOLUME [VOLUME...]",
		Aliases: []string{"remove"},
		Short:   "Remove one or more volumes",
		Args:    atLeast(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := c.open()
			if err != nil {
				return err
			}
			if _, err := e.List(cmd.Context()); err != nil { // what crashes have left uses none
				return err
			}
			return c.forEach(cmd, args, func(name string) error {
				err := e.RemoveVolume(name)
				if force && errors.Is(err, volume.ErrNotExist) {
					return nil
				}
				return err
			})
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().BoolVarP(&force, "force", "f", false, "Force the removal of one or more volumes")
	return cmd
}

func (c *cli) volumePruneCommand() *cobra.Command {
	var all, force bool
	var filters []string
	cmd := &cobra.Command{
		Use:   "prune [OPTIONS]",
		Short: "Remove unused local volumes",
		Args:  atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			e, err := c.open()
			if err != nil {
				return err
			}
			takes, named, err := filter.VolumesToPrune(filters)
			if err != nil {
				return err
			}
			which := "anonymous local"
			if all = all || named; all {
				which = "all local"
			}
			if !force && !c.confirm("WARNING! This will remove "+which+" volumes not used by at least one container.\nAre you sure you want to continue? [y/N] ") {
				return nil
			}
			if _, err := e.List(cmd.Context()); err != nil {
				return err
			}
			return c.volumePrune(e, func(v *volume.Volume) bool { return (all || v.IsAnonymous()) && takes(v) })
		},
		DisableFlagsInUseLine: true,
	}
	flags := cmd.Flags()
	flags.BoolVarP(&all, "all", "a", false, "Remove all unused volumes, not just anonymous ones")
	flags.BoolVarP(&force, "force", "f", false, "Do not prompt for confirmation")
	flags.StringArrayVar(&filters, "filter", nil, `Provide filter values (e.g. "label=<label>")`)
	return cmd
}

// volumePrune removes the volumes that are wanted gone and that nobody uses.
func (c *cli) volumePrune(e *engine.Engine, gone func(*volume.Volume) bool) error {
	bytes, err := c.removeVolumes(e, gone)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, "Total reclaimed space:", units.HumanSize(float64(bytes)))
	return nil
}

// removeVolumes says which it removed, and returns the bytes of their files.
func (c *cli) removeVolumes(e *engine.Engine, gone func(*volume.Volume) bool) (bytes int64, err error) {
	list, err := e.Volumes().List()
	if err != nil {
		return 0, err
	}
	removed := 0
	for _, v := range list {
		if !gone(v) {
			continue
		}
		size := sizeOf(v.Mountpoint)
		err := e.RemoveVolume(v.Name)
		if errors.Is(err, volume.ErrInUse) || errors.Is(err, volume.ErrNotExist) {
			continue
		}
		if err != nil {
			return bytes, err
		}
		if removed++; removed == 1 {
			fmt.Fprintln(c.stdout, "Deleted Volumes:")
		}
		fmt.Fprintln(c.stdout, v.Name)
		bytes += size
	}
	if removed > 0 {
		fmt.Fprintln(c.stdout)
	}
	return bytes, nil
}

// sizeOf adds up the bytes of the files in a folder, as far as they can be seen.
func sizeOf(dir string) (bytes int64) {
	filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			bytes += info.Size()
		}
		return nil
	})
	return bytes
}
