package main

import (
	"fmt"

	"drydock/mini-docker/builder"
	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/filesystem"
	"drydock/mini-docker/image"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"
)

func (c *cli) commitCommand() *cobra.Command {
	var o engine.CommitOptions
	var changes []string
	var noPause bool
	cmd := &cobra.Command{
		Use:   "commit [OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
		Short: "Create a new image from a container's changes",
		Args:  between(1, 2),
		RunE: c.mapped(func(cmd *cobra.Command, args []string) error {
			o.Pause = o.Pause && !noPause
			o.Change = func(config *v1.Config) error { return builder.Change(config, changes) }
			return c.commit(cmd, args, o)
		}),
		DisableFlagsInUseLine: true,
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.Author, "author", "a", "", "Author (e.g., \"John Hannibal Smith <hannibal@a-team.com>\")")
	flags.StringVarP(&o.Message, "message", "m", "", "Commit message")
	flags.StringArrayVarP(&changes, "change", "c", nil, "Apply Dockerfile instruction to the created image")
	flags.BoolVarP(&o.Pause, "pause", "p", true, "Pause container during commit")
	flags.BoolVar(&noPause, "no-pause", false, "Disable pausing container during commit")
	return cmd
}

// commit makes an image of a container and prints its ID.
func (c *cli) commit(cmd *cobra.Command, args []string, o engine.CommitOptions) error {
	e, container, err := c.find(cmd, args[0])
	if err != nil {
		return err
	}
	if len(args) > 1 {
		name, err := image.ParseName(args[1])
		if err != nil {
			return err
		}
		o.Names = []image.Name{name}
	}
	made, err := e.Commit(cmd.Context(), container, o)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, made.ID)
	return nil
}

func (c *cli) diffCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "diff CONTAINER",
		Short: "Inspect changes to files or directories on a container's filesystem",
		Args:  between(1, 1),
		RunE:  c.mapped(func(cmd *cobra.Command, args []string) error { return c.diff(cmd, args[0]) }),

		DisableFlagsInUseLine: true,
	}
}

// diff prints what a container has changed, a line for each file.
func (c *cli) diff(cmd *cobra.Command, name string) error {
	_, container, err := c.find(cmd, name)
	if err != nil {
		return err
	}
	changes, err := filesystem.Diff(cmd.Context(), container)
	if err != nil {
		return err
	}
	for _, each := range changes {
		fmt.Fprintln(c.stdout, each.Kind, each.Path)
	}
	return nil
}
