package main

import (
	"bytes"
	"context"
	"encoding/json"

	"drydock/mini-docker/image"
	"drydock/mini-docker/image/remote"

	"github.com/spf13/cobra"
)

// manifestCommand is `manifest`, of which there is what looks.
func (c *cli) manifestCommand() *cobra.Command {
	group := &cobra.Command{
		Use:   "manifest COMMAND",
		Short: "Look at the manifests of images in registries",
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		DisableFlagsInUseLine: true,
	}
	inspect := &cobra.Command{
		Use:   "inspect [OPTIONS] NAME[:TAG|@DIGEST]",
		Short: "Display an image manifest, or manifest list",
		Args:  between(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.interruptible(cmd.Context(), func(ctx context.Context) error { return c.inspectManifest(ctx, args[0]) })
		},
		DisableFlagsInUseLine: true,
	}
	addUnsupported(inspect.Flags(), "insecure verbose,v", "")
	group.AddCommand(inspect)
	return group
}

// inspectManifest prints a manifest as the registry has it, indented.
func (c *cli) inspectManifest(ctx context.Context, text string) error {
	name, err := image.ParseName(text)
	if err != nil {
		return err
	}
	manifest, err := remote.Manifest(ctx, name)
	if err != nil {
		return err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, manifest, "", "   "); err != nil {
		return err
	}
	indented.WriteByte('\n')
	_, err = indented.WriteTo(c.stdout)
	return err
}
