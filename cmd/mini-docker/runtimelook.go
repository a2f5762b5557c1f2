package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"drydock/mini-docker/runtime"

	"github.com/spf13/cobra"
)

func (c *cli) runtimeState(open opener) *cobra.Command {
	return &cobra.Command{
		Use: "state CONTAINER-ID", Short: "Print the state of a container", Args: exactly(1),
		RunE: func(_ *cobra.Command, args []string) error {
			state, err := open().State(args[0])
			if err != nil {
				return err
			}
			return c.printJSON(state)
		},
	}
}

func (c *cli) runtimeList(open opener) *cobra.Command {
	var format string
	var quiet bool
	cmd := &cobra.Command{
		Use: "list [OPTIONS]", Aliases: []string{"ls"}, Short: "List the containers", Args: atMost(0),
		RunE: func(*cobra.Command, []string) error {
			list, err := open().List()
			if err != nil {
				return err
			}
			switch {
			case quiet:
				for _, each := range list {
					fmt.Fprintln(c.stdout, each.ID)
				}
				return nil
			case format == "json":
				return json.NewEncoder(c.stdout).Encode(list)
			case format != "table":
				return fmt.Errorf("invalid format option: %s", format)
			}
			table := tabwriter.NewWriter(c.stdout, 12, 1, 3, ' ', 0)
			fmt.Fprintln(table, "ID\tPID\tSTATUS\tBUNDLE")
			for _, each := range list {
				fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", each.ID, each.Pid, each.Status, each.Bundle)
			}
			return table.Flush()
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVarP(&format, "format", "f", "table", "Select one of: table or json")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "Print only container ids")
	return cmd
}

func (c *cli) runtimePs(open opener) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use: "ps [OPTIONS] CONTAINER-ID [ps OPTIONS]", Short: "Print the processes of a container", Args: atLeast(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			pids, err := open().Processes(args[0])
			switch {
			case err != nil:
				return err
			case format == "json":
				return json.NewEncoder(c.stdout).Encode(pids)
			case format != "table":
				return fmt.Errorf("invalid format option: %s", format)
			}
			return c.machinePs(cmd, pids, args[1:])
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().SetInterspersed(false)
	cmd.Flags().StringVarP(&format, "format", "f", "table", "Select one of: table or json")
	return cmd
}

func (c *cli) runtimeFeatures() *cobra.Command {
	return &cobra.Command{
		Use: "features", Short: "Print what this runtime can do", Args: atMost(0),
		RunE: func(*cobra.Command, []string) error { return c.printJSON(runtime.Features()) },
	}
}

func (c *cli) printJSON(value any) error {
	text, err := toIndentedJSON(value)
	if err == nil {
		_, err = c.stdout.Write(text)
	}
	return err
}
