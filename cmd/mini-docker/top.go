package main

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func (c *cli) renameCommand() *cobra.Command {
	return &cobra.Command{
		Use: "rename CONTAINER NEW_NAME", Short: "Rename a container", Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, container, err := c.find(cmd, args[0])
			if err != nil {
				return err
			}
			return e.Rename(cmd.Context(), container, args[1])
		},
		DisableFlagsInUseLine: true,
	}
}

func (c *cli) topCommand() *cobra.Command {
	return &cobra.Command{
		Use: "top CONTAINER [ps OPTIONS]", Short: "Display the running processes of a container", Args: atLeast(1),
		RunE:               func(cmd *cobra.Command, args []string) error { return c.top(cmd, args[0], args[1:]) },
		DisableFlagParsing: true, // what follows the name is for ps

		DisableFlagsInUseLine: true,
	}
}

// top prints what ps(1), the machine's, says of the container's processes, as
// Docker does: in its columns, by their numbers outside.
func (c *cli) top(cmd *cobra.Command, name string, options []string) error {
	if name == "--help" {
		return cmd.Help()
	}
	e, container, err := c.find(cmd, name)
	if err != nil {
		return err
	}
	pids, err := e.Processes(container)
	if err != nil {
		return err
	}
	return c.machinePs(cmd, pids, options)
}

// machinePs prints what the machine's ps(1) says of some processes.
func (c *cli) machinePs(cmd *cobra.Command, pids []int, options []string) error {
	if len(options) == 0 {
		options = []string{"-ef"}
	}
	output, err := exec.CommandContext(cmd.Context(), "ps", options...).Output()
	var exit *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return errors.New("top asks this machine's ps, which is not installed: `mini-docker exec CONTAINER ps` asks the image's")
	case errors.As(err, &exit):
		return fmt.Errorf("ps: %s", strings.TrimSpace(string(exit.Stderr)))
	case err != nil:
		return err
	}
	return c.printProcesses(string(output), pids)
}

// printProcesses prints the lines of ps whose PID is among some, in columns as wide
// as what is left of them.
func (c *cli) printProcesses(output string, pids []int) error {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	titles := strings.Fields(lines[0])
	column := slices.Index(titles, "PID")
	if column == -1 {
		return errors.New("Couldn't find PID field in ps output")
	}
	table := tabwriter.NewWriter(c.stdout, 20, 1, 3, ' ', 0)
	fmt.Fprintln(table, strings.Join(titles, "\t"))
	for _, line := range lines[1:] {
		fields := strings.Fields(line)
		if len(fields) < len(titles) {
			continue
		}
		if pid, err := strconv.Atoi(fields[column]); err != nil || !slices.Contains(pids, pid) {
			continue
		}
		// The last column is the command, which has spaces of its own.
		last := len(titles) - 1
		fields = append(fields[:last:last], strings.Join(fields[last:], " "))
		fmt.Fprintln(table, strings.Join(fields, "\t"))
	}
	return table.Flush()
}
