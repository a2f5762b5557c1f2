package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/filesystem"

	"github.com/docker/go-units"
	"github.com/spf13/cobra"
)

func (c *cli) cpCommand() *cobra.Command {
	var o engine.CopyOptions
	var quiet bool
	copy := c.mapped(func(cmd *cobra.Command, args []string) error {
		if !cmd.Flags().Changed("quiet") {
			quiet = !isTerminal(c.stdout)
		}
		return c.copy(cmd, args, o, quiet)
	})
	cmd := &cobra.Command{
		Use: `cp [OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-
  mini-docker cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH`,
		Short: "Copy files/folders between a container and the local filesystem",
		Args:  exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.lendFiles(cmd, args); err != nil {
				return err
			}
			return copy(cmd, args)
		},
		DisableFlagsInUseLine: true,
	}
	flags := cmd.Flags()
	flags.BoolVarP(&o.Archive, "archive", "a", false, "Archive mode (copy all uid/gid information)")
	flags.BoolVarP(&o.FollowLink, "follow-link", "L", false, "Always follow symbol link in SRC_PATH")
	flags.BoolVarP(&quiet, "quiet", "q", false, "Suppress progress output during copy. Progress output is automatically suppressed if no terminal is attached")
	return cmd
}

// lendFiles opens what the mapped command could not.
func (c *cli) lendFiles(cmd *cobra.Command, args []string) error {
	name, _ := splitCopyArg(args[0])
	if name == "" {
		name, _ = splitCopyArg(args[1])
	}
	if name == "" {
		return nil // which is said later
	}
	_, container, err := c.find(cmd, name)
	if err != nil {
		return err
	}
	return filesystem.Lend(container)
}

// splitCopyArg takes CONTAINER:PATH apart. Without a container it is a path here, and
// so is what starts with a slash or a dot, for names with a colon.
func splitCopyArg(arg string) (container, name string) {
	container, name, found := strings.Cut(arg, ":")
	if path.IsAbs(arg) || !found || strings.HasPrefix(container, ".") {
		return "", arg
	}
	return container, name
}

// copy copies between a container and here.
func (c *cli) copy(cmd *cobra.Command, args []string, o engine.CopyOptions, quiet bool) error {
	from, source := splitCopyArg(args[0])
	to, dest := splitCopyArg(args[1])
	switch {
	case from != "" && to != "":
		return errors.New("copying between containers is not supported")
	case from == "" && to == "":
		return errors.New("must specify at least one container source")
	case source == "" || dest == "":
		return errors.New("the path cannot be empty: the root of a container is CONTAINER:/")
	}
	e, container, err := c.find(cmd, from+to)
	if err != nil {
		return err
	}
	return c.interruptible(cmd.Context(), func(ctx context.Context) error {
		if from == "" && source == "-" {
			return e.CopyIn(ctx, container, dest, untilDone(ctx, c.stdin))
		}
		if to == "" && dest == "-" {
			if isTerminal(c.stdout) {
				return errors.New("cowardly refusing to copy to a terminal. Redirect the output")
			}
			return e.CopyOut(ctx, container, source, c.stdout, o)
		}
		var size int64
		if from != "" {
			if dest, err = engine.AbsolutePath(dest); err == nil {
				size, err = e.CopyFrom(ctx, container, source, dest, o)
			}
		} else if source, err = engine.AbsolutePath(source); err == nil {
			size, err = e.CopyTo(ctx, container, source, dest, o)
		}
		if err == nil && !quiet {
			fmt.Fprintln(c.stderr, "Successfully copied", units.HumanSizeWithPrecision(float64(size), 3), "to", args[1])
		}
		return err
	})
}
