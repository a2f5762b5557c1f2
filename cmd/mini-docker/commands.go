package main

import (
	"slices"

	"github.com/spf13/cobra"
)

// command builds the tree of commands. Where the command line begins with the name
// of one, or has it after --root, that one is the tree: to build them all, each with
// its flags, takes longer than some of them do. All are needed to list, complete,
// correct or describe them.
func (c *cli) command(args []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "mini-docker [OPTIONS] COMMAND",
		Short: "A container engine from scratch",
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		SilenceErrors: true, SilenceUsage: true,
		TraverseChildren:  true, // its own flags stand before the command
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.Flags().StringVar(&c.root, "root", "", "Folder to keep images and containers in")
	root.PersistentFlags().Bool("help", false, "Print usage")
	root.SetFlagErrorFunc(flagError)
	root.SetUsageTemplate(usageTemplate)
	root.SetHelpTemplate(helpTemplate)
	makers := c.makers()
	if len(args) > 2 && args[0] == "--root" {
		args = args[2:]
	}
	if named := slices.IndexFunc(makers, func(m maker) bool { return len(args) > 0 && m.name == args[0] }); named >= 0 {
		makers = makers[named : named+1]
	}
	var commands []*cobra.Command
	for _, each := range makers {
		commands = append(commands, each.make())
	}
	c.completeArguments(commands)
	root.AddCommand(commands...)
	return root
}

// maker makes the command of a name.
type maker struct {
	name string
	make func() *cobra.Command
}

// makers make all commands. Of those that a mistyped name may have meant, the first
// here is offered first.
func (c *cli) makers() []maker {
	return []maker{
		{"run", c.runCommand}, {"ps", c.psCommand}, {"inspect", c.inspectCommand}, {"rm", c.rmCommand},
		{"container", c.containerCommand},
		{"update", c.updateCommand}, {"pause", c.pauseCommand}, {"unpause", c.unpauseCommand},
		{"stats", c.statsCommand}, {"cp", c.cpCommand},
		{"system", c.systemCommand}, {"builder", c.builderCommand},
		{"image", c.imageCommand}, {"images", c.imagesCommand}, {"save", c.saveCommand},
		{"push", c.pushCommand}, {"registry", c.registryCommand}, {"manifest", c.manifestCommand},
		{"login", c.loginCommand}, {"logout", c.logoutCommand},
		{"network", c.networkCommand}, {"port", c.portCommand}, {"volume", c.volumeCommand},
		{"version", c.versionCommand}, {"info", c.infoCommand}, {"runtime", c.runtimeCommand},
		{"man", c.manCommand},
		{"load", c.loadCommand}, {"pull", c.pullCommand}, {"import", c.importCommand}, {"tag", c.tagCommand},
		{"rmi", c.rmiCommand}, {"history", c.historyCommand}, {"build", c.buildCommand},
		{"commit", c.commitCommand}, {"diff", c.diffCommand}, {"export", c.exportCommand},
		{"create", c.createCommand}, {"start", c.startCommand}, {"stop", c.stopCommand},
		{"restart", c.restartCommand}, {"kill", c.killCommand}, {"wait", c.waitCommand},
		{"attach", c.attachCommand}, {"logs", c.logsCommand}, {"exec", c.execCommand},
		{"rename", c.renameCommand}, {"top", c.topCommand},
	}
}
