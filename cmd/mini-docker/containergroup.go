package main

import "github.com/spf13/cobra"

// containerCommand is `container`, under which Docker gathers what concerns
// containers. Each of its commands is one that stands by itself too, under the same
// name or an older one.
func (c *cli) containerCommand() *cobra.Command {
	group := &cobra.Command{
		Use:   "container COMMAND",
		Short: "Manage containers",
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		DisableFlagsInUseLine: true,
	}
	list, remove, inspect := c.psCommand(), c.rmCommand(), c.inspectContainerCommand()
	list.Use, list.Aliases = "ls [OPTIONS]", []string{"list", "ps"}
	remove.Aliases = []string{"remove"}
	commands := []*cobra.Command{
		list, remove, inspect, c.runCommand(),
		c.createCommand(), c.startCommand(), c.stopCommand(), c.restartCommand(), c.killCommand(), c.waitCommand(),
		c.attachCommand(), c.logsCommand(), c.execCommand(), c.renameCommand(), c.topCommand(),
		c.updateCommand(), c.pauseCommand(), c.unpauseCommand(), c.statsCommand(), c.cpCommand(),
		c.commitCommand(), c.diffCommand(), c.exportCommand(), c.containerPruneCommand(),
	}
	c.completeArguments(commands)
	group.AddCommand(commands...)
	return group
}

// inspectContainerCommand is `inspect` for containers alone.
func (c *cli) inspectContainerCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "inspect [OPTIONS] CONTAINER [CONTAINER...]",
		Short: "Display detailed information on one or more containers",
		Args:  atLeast(1),
		RunE:  func(cmd *cobra.Command, args []string) error { return c.inspect(cmd, args, format, "container") },

		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVarP(&format, "format", "f", "", "Format output using a custom template: 'json' or 'TEMPLATE'")
	addUnsupported(cmd.Flags(), "size,s", "")
	return cmd
}
