package main

import (
	"drydock/mini-docker/engine"
	"drydock/mini-docker/runtime"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// runtimeCommand is the command line of an OCI runtime, for programs that keep
// containers in their own way and need somebody to run a bundle. See OCI
// runtime-spec runtime.md, and runc(8), whose flags these are.
func (c *cli) runtimeCommand() *cobra.Command {
	var stateDir string
	open := func() *runtime.Runtime {
		if stateDir == "" {
			stateDir = engine.Locate(c.root).RunDir + "/oci"
		}
		r := runtime.New(stateDir)
		r.Warn = func(text string) { c.warn([]string{text}) }
		return r
	}
	cmd := &cobra.Command{
		Use:   "runtime [OPTIONS] COMMAND",
		Short: "Run OCI bundles, as runc does",
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		TraverseChildren: true,
	}
	cmd.Flags().StringVar(&stateDir, "root", "", "Folder to keep the state of containers in")
	addUnsupported(cmd.Flags(), "debug systemd-cgroup", "log log-format rootless criu")
	cmd.AddCommand(c.runtimeCreate(open), runtimeStart(open), c.runtimeExec(open), c.runtimeState(open), runtimeKill(open), runtimeDelete(open))
	return cmd
}

// opener returns the runtime that the flags name.
type opener func() *runtime.Runtime

func (c *cli) runtimeCreate(open opener) *cobra.Command {
	o := runtime.CreateOptions{Stdin: c.stdin, Stdout: c.stdout, Stderr: c.stderr, Detached: true}
	cmd := &cobra.Command{
		Use: "create [OPTIONS] CONTAINER-ID", Short: "Create a container from a bundle", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.ID = args[0]
			_, err := open().Create(cmd.Context(), o)
			return err
		},
		DisableFlagsInUseLine: true,
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.Bundle, "bundle", "b", ".", "Folder that holds config.json")
	flags.StringVar(&o.PidFile, "pid-file", "", "File to write the process id to")
	flags.StringVar(&o.ConsoleSocket, "console-socket", "", "Socket that receives the terminal")
	flags.BoolVar(&o.KeepKeyring, "no-new-keyring", false, "Leave the caller's session keyring to the container")
	addUnsupported(flags, "no-pivot", "preserve-fds")
	return cmd
}

func runtimeStart(open opener) *cobra.Command {
	return &cobra.Command{
		Use: "start CONTAINER-ID", Short: "Run the command of a created container", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error { return open().Start(cmd.Context(), args[0]) },
	}
}

func (c *cli) runtimeState(open opener) *cobra.Command {
	return &cobra.Command{
		Use: "state CONTAINER-ID", Short: "Print the state of a container", Args: exactly(1),
		RunE: func(_ *cobra.Command, args []string) error {
			state, err := open().State(args[0])
			if err != nil {
				return err
			}
			text, err := toIndentedJSON(state)
			if err == nil {
				_, err = c.stdout.Write(text)
			}
			return err
		},
	}
}

func runtimeKill(open opener) *cobra.Command {
	cmd := &cobra.Command{
		Use: "kill [OPTIONS] CONTAINER-ID [SIGNAL]", Short: "Send a signal (default TERM) to a container", Args: atLeast(1),
		RunE: func(_ *cobra.Command, args []string) error {
			signal := unix.SIGTERM
			if len(args) > 1 {
				var err error
				if signal, err = engine.ParseSignal(args[1]); err != nil {
					return err
				}
			}
			return open().Kill(args[0], signal)
		},
		DisableFlagsInUseLine: true,
	}
	addUnsupported(cmd.Flags(), "all,a", "")
	return cmd
}

func runtimeDelete(open opener) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use: "delete [OPTIONS] CONTAINER-ID", Short: "Forget a container that has stopped", Args: exactly(1),
		RunE:                  func(_ *cobra.Command, args []string) error { return open().Delete(args[0], force) },
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().BoolVarP(&force, "force", "f", false, "Kill the container first if it runs")
	return cmd
}

// exactly checks that a command gets so many arguments.
func exactly(number int) cobra.PositionalArgs {
	return cobra.MatchAll(atLeast(number), atMost(number))
}
