package main

import (
	"errors"
	"fmt"

	"drydock/cmd/mini-docker/quantity"
	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/limits"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// registerLimits declares the flags that run and update share. What they hold
// is there once complete has been called.
func registerLimits(flags *pflag.FlagSet, l *limits.Limits) (complete func()) {
	pids := flags.Int64("pids-limit", 0, "Tune container pids limit (set -1 for unlimited)")
	flags.VarP((*quantity.Bytes)(&l.Memory), "memory", "m", "Memory limit")
	flags.Var((*quantity.SwapBytes)(&l.MemorySwap), "memory-swap", "Swap limit equal to memory plus swap: '-1' to enable unlimited swap")
	flags.Var((*quantity.Bytes)(&l.MemoryReservation), "memory-reservation", "Memory soft limit")
	flags.Var((*quantity.CPUs)(&l.NanoCPUs), "cpus", "Number of CPUs")
	flags.Int64VarP(&l.CPUShares, "cpu-shares", "c", 0, "CPU shares (relative weight)")
	flags.Int64Var(&l.CPUPeriod, "cpu-period", 0, "Limit CPU CFS (Completely Fair Scheduler) period")
	flags.Int64Var(&l.CPUQuota, "cpu-quota", 0, "Limit CPU CFS (Completely Fair Scheduler) quota")
	flags.StringVar(&l.CpusetCpus, "cpuset-cpus", "", "CPUs in which to allow execution (0-3, 0,1)")
	flags.StringVar(&l.CpusetMems, "cpuset-mems", "", "MEMs in which to allow execution (0-3, 0,1)")
	flags.Uint16Var(&l.BlkioWeight, "blkio-weight", 0, "Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)")
	return func() {
		if flags.Changed("pids-limit") {
			l.PidsLimit = pids
		}
	}
}

func (c *cli) updateCommand() *cobra.Command {
	var change limits.Limits
	var complete func()
	cmd := &cobra.Command{
		Use:   "update [OPTIONS] CONTAINER [CONTAINER...]",
		Short: "Update the limits of one or more containers",
		Args:  atLeast(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().NFlag() == 0 {
				return errors.New("you must provide one or more flags when using this command")
			}
			complete()
			return c.update(cmd, args, change)
		},
		DisableFlagsInUseLine: true,
	}
	complete = registerLimits(cmd.Flags(), &change)
	addUnsupported(cmd.Flags(), "", "cpu-rt-period cpu-rt-runtime restart")
	return cmd
}

// update changes limits and prints each name as it was given.
func (c *cli) update(cmd *cobra.Command, args []string, change limits.Limits) error {
	return c.forEach(cmd, args, func(name string) error {
		e, container, err := c.find(cmd, name)
		if err != nil {
			return err
		}
		warnings, err := e.Update(cmd.Context(), container, change)
		c.warn(warnings)
		return err
	})
}

func (c *cli) pauseCommand() *cobra.Command {
	return c.simpleCommand("pause", "Pause all processes within one or more containers", (*engine.Engine).Pause)
}

func (c *cli) unpauseCommand() *cobra.Command {
	return c.simpleCommand("unpause", "Unpause all processes within one or more containers", (*engine.Engine).Unpause)
}

// simpleCommand is a command that does one thing to each container it is given.
func (c *cli) simpleCommand(name, short string, do func(*engine.Engine, *container.Container) error) *cobra.Command {
	return &cobra.Command{
		Use:   name + " CONTAINER [CONTAINER...]",
		Short: short,
		Args:  atLeast(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.forEach(cmd, args, func(name string) error {
				e, container, err := c.find(cmd, name)
				if err != nil {
					return err
				}
				return do(e, container)
			})
		},
		DisableFlagsInUseLine: true,
	}
}

// forEach does something to each container and prints its name as it was given.
// One that it fails with does not stop the others.
func (c *cli) forEach(cmd *cobra.Command, names []string, do func(name string) error) error {
	failed := false
	for _, name := range names {
		if err := do(name); err != nil {
			fmt.Fprintln(c.stderr, describe(err))
			failed = true
			continue
		}
		fmt.Fprintln(c.stdout, name)
	}
	if failed {
		return &statusError{exitError, nil}
	}
	return nil
}

// warn prints what could not be done as asked and is left out.
func (c *cli) warn(warnings []string) {
	for _, each := range warnings {
		fmt.Fprintln(c.stderr, "WARNING:", each)
	}
}
