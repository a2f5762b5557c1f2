package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/dirs"
	"drydock/mini-docker/runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// runtimeCommand is the command line of an OCI runtime, for programs that keep
// containers in their own way and need somebody to run a bundle. See OCI
// runtime-spec runtime.md, and runc(8), whose flags these are.
func (c *cli) runtimeCommand() *cobra.Command {
	var stateDir string
	var showVersion, systemd bool
	var log runtimeLog
	open := func() *runtime.Runtime {
		if stateDir == "" {
			stateDir = dirs.Locate(c.root).RunDir + "/oci"
		}
		r := runtime.New(stateDir)
		r.Warn = func(text string) { c.runtimeWarn(&log, text) }
		return r
	}
	cmd := &cobra.Command{
		Use:   "runtime [OPTIONS] COMMAND",
		Short: "Run OCI bundles, as runc does",
		Args:  knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if showVersion {
				_, err := fmt.Fprintf(c.stdout, "mini-docker runtime version %s\nspec: %s\n", version, specs.Version)
				return err
			}
			return cmd.Help()
		},

		TraverseChildren: true,
	}
	flags := cmd.Flags()
	flags.StringVar(&stateDir, "root", "", "Folder to keep the state of containers in")
	flags.StringVar(&log.file, "log", "", "File to write warnings and errors to, besides the error stream")
	flags.StringVar(&log.format, "log-format", "text", "Format of that file: text or json")
	flags.BoolVar(&systemd, "systemd-cgroup", false, "Have systemd make the cgroups (not supported)")
	flags.BoolVarP(&showVersion, "version", "v", false, "Print the version")
	flags.Bool("debug", false, "Accepted, as runc does: there is no more to tell")
	flags.String("rootless", "auto", "Accepted, as runc does: whoever is not root needs a user namespace in config.json")
	flags.Lookup("debug").Hidden, flags.Lookup("rootless").Hidden = true, true
	addUnsupported(flags, "", "criu")
	for _, each := range []*cobra.Command{
		c.runtimeRun(open), c.runtimeCreate(open), runtimeStart(open), c.runtimeExec(open), c.runtimeState(open), c.runtimeList(open),
		c.runtimePs(open), c.runtimeFeatures(), runtimeKill(open), runtimeDelete(open), runtimePause(open), runtimeResume(open),
		c.runtimeUpdate(open),
	} {
		cmd.AddCommand(c.logged(&log, withoutSystemd(&systemd, each)))
	}
	return cmd
}

// withoutSystemd refuses to leave the cgroups to systemd, in runc's words for a
// machine without it.
func withoutSystemd(asked *bool, cmd *cobra.Command) *cobra.Command {
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *asked {
			return errors.New("systemd cgroup flag passed, but systemd support for managing cgroups is not available: " +
				"have the caller manage cgroups by itself (podman: --cgroup-manager cgroupfs)")
		}
		return run(cmd, args)
	}
	return cmd
}

// opener returns the runtime that the flags name.
type opener func() *runtime.Runtime

func (c *cli) runtimeCreate(open opener) *cobra.Command {
	var preserve *int
	o := runtime.CreateOptions{Stdin: c.stdin, Stdout: c.stdout, Stderr: c.stderr, Detached: true}
	cmd := &cobra.Command{
		Use: "create [OPTIONS] CONTAINER-ID", Short: "Create a container from a bundle", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.ID = args[0]
			var err error
			if o.Preserved, err = preserved(*preserve); err == nil {
				_, err = open().Create(cmd.Context(), o)
			}
			return err
		},
		DisableFlagsInUseLine: true,
	}
	preserve = registerBundle(cmd, &o)
	return cmd
}

func runtimeStart(open opener) *cobra.Command {
	return &cobra.Command{
		Use: "start CONTAINER-ID", Short: "Run the command of a created container", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error { return open().Start(cmd.Context(), args[0]) },
	}
}

func runtimeKill(open opener) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use: "kill [OPTIONS] CONTAINER-ID [SIGNAL]", Short: "Send a signal (default TERM) to a container", Args: atLeast(1),
		RunE: func(_ *cobra.Command, args []string) error {
			signal := unix.SIGTERM
			if len(args) > 1 {
				var err error
				if signal, err = parseRuntimeSignal(args[1]); err != nil {
					return err
				}
			}
			if all {
				return open().KillAll(args[0], signal)
			}
			return open().Kill(args[0], signal)
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().BoolVarP(&all, "all", "a", false, "Send the signal to all processes of the container")
	return cmd
}

// parseRuntimeSignal also knows 0, which asks whether there is anybody to be
// signalled. See kill(2).
func parseRuntimeSignal(text string) (unix.Signal, error) {
	if text == "0" {
		return 0, nil
	}
	return container.ParseSignal(text)
}

func runtimeDelete(open opener) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use: "delete [OPTIONS] CONTAINER-ID", Short: "Forget a container that has stopped", Args: exactly(1),
		RunE: func(_ *cobra.Command, args []string) error {
			err := open().Delete(args[0], force)
			if force && errors.Is(err, runtime.ErrNotExist) {
				return nil // as with rm -f
			}
			return err
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().BoolVarP(&force, "force", "f", false, "Kill the container first if it runs")
	return cmd
}

func runtimePause(open opener) *cobra.Command {
	return &cobra.Command{
		Use: "pause CONTAINER-ID", Short: "Stop all processes of a container where they stand", Args: exactly(1),
		RunE: func(_ *cobra.Command, args []string) error { return open().Pause(args[0]) },
	}
}

func runtimeResume(open opener) *cobra.Command {
	return &cobra.Command{
		Use: "resume CONTAINER-ID", Short: "Let the processes of a paused container go on", Args: exactly(1),
		RunE: func(_ *cobra.Command, args []string) error { return open().Resume(args[0]) },
	}
}

// runtimeUpdate changes limits by linux.resources as config.json has them.
func (c *cli) runtimeUpdate(open opener) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "update --resources FILE CONTAINER-ID", Short: "Change the limits of a container", Args: exactly(1),
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := os.ReadFile(file)
			if file == "-" {
				text, err = io.ReadAll(c.stdin)
			}
			if err != nil {
				return err
			}
			limits := new(specs.LinuxResources)
			if err := json.Unmarshal(text, limits); err != nil {
				return fmt.Errorf("reading the limits: %w", err)
			}
			return open().Update(args[0], limits)
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVarP(&file, "resources", "r", "-", "File with the limits, or - for the standard input")
	return cmd
}

// exactly checks that a command gets so many arguments.
func exactly(number int) cobra.PositionalArgs {
	return cobra.MatchAll(atLeast(number), atMost(number))
}
