package main

import "github.com/spf13/cobra"

// imageCommand is `image`, under which Docker gathers what concerns images. Each
// of its commands is one that stands by itself too, under the same name or an
// older one.
func (c *cli) imageCommand() *cobra.Command {
	group := &cobra.Command{
		Use:   "image COMMAND",
		Short: "Manage images",
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		DisableFlagsInUseLine: true,
	}
	list, remove, inspect := c.imagesCommand(), c.rmiCommand(), c.inspectImageCommand()
	list.Use, list.Aliases = "ls [OPTIONS] [REPOSITORY[:TAG]]", []string{"list"}
	remove.Use, remove.Aliases = "rm [OPTIONS] IMAGE [IMAGE...]", []string{"remove"}
	group.AddCommand(list, inspect, remove, c.saveCommand(), c.pushCommand(), c.buildCommand(), c.tagCommand(),
		c.loadCommand(), c.pullCommand(), c.importCommand(), c.historyCommand(), c.imagePruneCommand())
	return group
}

// inspectImageCommand is `inspect` for images alone.
func (c *cli) inspectImageCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "inspect [OPTIONS] IMAGE [IMAGE...]",
		Short: "Display detailed information on one or more images",
		Args:  atLeast(1),
		RunE:  func(cmd *cobra.Command, args []string) error { return c.inspect(cmd, args, format, "image") },

		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVarP(&format, "format", "f", "", "Format output using a custom template: 'json' or 'TEMPLATE'")
	addUnsupported(cmd.Flags(), "", "platform")
	return cmd
}
