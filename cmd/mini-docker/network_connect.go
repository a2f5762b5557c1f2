package main

import (
	"fmt"
	"net/netip"

	"drydock/mini-docker/engine/endpoint"

	"github.com/spf13/cobra"
)

func (c *cli) networkConnectCommand() *cobra.Command {
	var aliases []string
	var address string
	cmd := &cobra.Command{
		Use:   "connect [OPTIONS] NETWORK CONTAINER",
		Short: "Connect a container to a network",
		Args:  exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o := endpoint.Options{Mode: args[0], Aliases: aliases}
			if address != "" {
				var err error
				if o.Address, err = netip.ParseAddr(address); err != nil {
					return fmt.Errorf("invalid IPv4 address: %s", address)
				}
			}
			e, container, err := c.find(cmd, args[1])
			if err != nil {
				return err
			}
			return e.ConnectNetwork(cmd.Context(), container, o)
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringArrayVar(&aliases, "alias", nil, "Add network-scoped alias for the container")
	cmd.Flags().StringVar(&address, "ip", "", "IPv4 address (e.g., 172.30.100.104)")
	addUnsupported(cmd.Flags(), "", "ip6 link link-local-ip driver-opt gw-priority")
	return cmd
}

func (c *cli) networkDisconnectCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "disconnect [OPTIONS] NETWORK CONTAINER",
		Short: "Disconnect a container from a network",
		Args:  exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, container, err := c.find(cmd, args[1])
			if err != nil {
				return err
			}
			return e.DisconnectNetwork(cmd.Context(), container, args[0])
		},
		DisableFlagsInUseLine: true,
	}
	addUnsupported(cmd.Flags(), "force,f", "")
	return cmd
}

func (c *cli) portCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "port CONTAINER [PRIVATE_PORT[/PROTO]]",
		Short: "List port mappings or a specific mapping for the container",
		Args:  cobra.MatchAll(atLeast(1), atMost(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, container, err := c.find(cmd, args[0])
			if err != nil {
				return err
			}
			wanted := ""
			if len(args) == 2 {
				wanted = args[1]
			}
			lines, err := container.PortLines(wanted)
			for _, line := range lines {
				fmt.Fprintln(c.stdout, line)
			}
			return err
		},
		DisableFlagsInUseLine: true,
	}
}
