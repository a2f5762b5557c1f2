package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"drydock/mini-docker/engine/filter"
	"drydock/mini-docker/engine/networks"

	"github.com/spf13/cobra"
)

func (c *cli) networkLsCommand() *cobra.Command {
	var format string
	var quiet, noTrunc bool
	var filters []string
	cmd := &cobra.Command{
		Use:     "ls [OPTIONS]",
		Aliases: []string{"list"},
		Short:   "List networks",
		Args:    atMost(0),
		RunE: func(*cobra.Command, []string) error {
			e, err := c.open()
			if err != nil {
				return err
			}
			takes, err := filter.Networks(filters)
			if err != nil {
				return err
			}
			list, err := e.Networks().List()
			if err != nil {
				return err
			}
			list = slices.DeleteFunc(list, func(n *networks.Network) bool { return !takes(n) })
			if quiet {
				format = "{{.ID}}"
			}
			return listing{networkHeaders, networkColumns, format}.print(c.stdout, networkRows(list, noTrunc))
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVar(&format, "format", "", "Format output using a custom template: 'table', 'table TEMPLATE', 'json' or 'TEMPLATE'")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "Only display network IDs")
	cmd.Flags().BoolVar(&noTrunc, "no-trunc", false, "Do not truncate the output")
	cmd.Flags().StringArrayVarP(&filters, "filter", "f", nil, "Provide filter values (name, id, driver, label)")
	return cmd
}

const networkColumns = `{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}`

var networkHeaders = row{
	"ID": "NETWORK ID", "Name": "NAME", "Driver": "DRIVER", "Scope": "SCOPE",
	"Internal": "INTERNAL", "Labels": labelsHeading, "CreatedAt": "CREATED AT", "IPv4": "IPV4", "IPv6": "IPV6",
}

func networkRows(list []*networks.Network, noTrunc bool) []row {
	var rows []row
	for _, n := range list {
		id := n.ID[:12]
		if noTrunc {
			id = n.ID
		}
		rows = append(rows, row{
			"ID": id, "Name": n.Name, "Driver": n.Driver, "Scope": "local",
			"Internal": fmt.Sprint(n.Internal), "CreatedAt": n.Created.String(),
			"IPv4": "true", "IPv6": "false",
		}.withLabels(n.Labels))
	}
	return rows
}

func (c *cli) networkInspectCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "inspect [OPTIONS] NETWORK [NETWORK...]",
		Short: "Display detailed information on one or more networks",
		Args:  atLeast(1),
		RunE: func(_ *cobra.Command, args []string) error {
			e, err := c.open()
			if err != nil {
				return err
			}
			found := []any{}
			var missing error
			for _, name := range args {
				n, err := e.Networks().Find(name)
				if err != nil {
					missing = errors.Join(missing, err)
					continue
				}
				description, err := e.Networks().Describe(n)
				if err != nil {
					return err
				}
				found = append(found, description)
			}
			return errors.Join(printObjects(c.stdout, found, format), missing)
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVarP(&format, "format", "f", "", "Format output using a custom template: 'json' or 'TEMPLATE'")
	addUnsupported(cmd.Flags(), "verbose,v", "")
	return cmd
}

func (c *cli) networkPruneCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "prune [OPTIONS]",
		Short: "Remove all unused networks",
		Args:  atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !force && !c.confirm("WARNING! This will remove all custom networks not used by at least one container.\nAre you sure you want to continue? [y/N] ") {
				return nil
			}
			return c.networkPrune(cmd.Context())
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().BoolVarP(&force, "force", "f", false, "Do not prompt for confirmation")
	addUnsupported(cmd.Flags(), "", "filter")
	return cmd
}

// networkPrune removes the networks nobody uses. The default one stays, but its
// bridge goes until it is needed again.
func (c *cli) networkPrune(ctx context.Context) error {
	e, err := c.open()
	if err != nil {
		return err
	}
	removed, err := e.PruneNetworks(ctx)
	if len(removed) > 0 {
		fmt.Fprintf(c.stdout, "Deleted Networks:\n%s\n\n", strings.Join(removed, "\n"))
	}
	return err
}
