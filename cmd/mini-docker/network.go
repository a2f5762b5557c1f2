package main

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"drydock/mini-docker/engine/networks"

	"github.com/spf13/cobra"
)

func (c *cli) networkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "network COMMAND",
		Short: "Manage networks",
		Args:  atMost(0),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		c.networkCreateCommand(), c.networkLsCommand(), c.networkInspectCommand(), c.networkRmCommand(),
		c.networkConnectCommand(), c.networkDisconnectCommand(), c.networkPruneCommand(),
	)
	return cmd
}

// createFlags are the flags of network create.
type createFlags struct {
	driver                   string
	subnet, gateway, ipRange string
	internal, attachable     bool
	labels, options          []string
}

func (c *cli) networkCreateCommand() *cobra.Command {
	var f createFlags
	cmd := &cobra.Command{
		Use:   "create [OPTIONS] NETWORK",
		Short: "Create a network",
		Args:  exactly(1),
		RunE: func(_ *cobra.Command, args []string) error {
			spec, err := f.spec(args[0])
			if err != nil {
				return err
			}
			e, err := c.open()
			if err != nil {
				return err
			}
			n, err := e.Networks().Create(spec)
			if err != nil {
				return err
			}
			fmt.Fprintln(c.stdout, n.ID)
			return nil
		},
		DisableFlagsInUseLine: true,
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.driver, "driver", "d", networks.DriverBridge, "Driver to manage the Network")
	flags.Var((*single)(&f.subnet), "subnet", "Subnet in CIDR format that represents a network segment")
	flags.Var((*single)(&f.gateway), "gateway", "IPv4 Gateway for the master subnet")
	flags.Var((*single)(&f.ipRange), "ip-range", "Allocate container ip from a sub-range")
	flags.BoolVar(&f.internal, "internal", false, "Restrict external access to the network")
	flags.BoolVar(&f.attachable, "attachable", false, "Enable manual container attachment")
	flags.StringArrayVar(&f.labels, "label", nil, "Set metadata on a network")
	flags.StringArrayVarP(&f.options, "opt", "o", nil, "Set driver specific options")
	addUnsupported(flags, "ipv6 config-only ingress", "aux-address config-from ipam-driver ipam-opt scope")
	return cmd
}

// single is a flag that may be given once. Docker takes several subnets, one for each
// family of addresses: here the last would count and the others be ignored.
type single string

func (s *single) Set(value string) error {
	if *s != "" {
		return errors.New("bridge driver doesn't support multiple subnets")
	}
	*s = single(value)
	return nil
}

func (s *single) String() string { return string(*s) }
func (s *single) Type() string   { return "string" }

// spec turns the flags into what the engine wants to know.
func (f *createFlags) spec(name string) (s networks.Spec, err error) {
	if f.driver != networks.DriverBridge {
		return s, fmt.Errorf("could not find plugin %s: only the driver bridge is supported yet", f.driver)
	}
	s = networks.Spec{Name: name, Internal: f.internal, Labels: pairs(f.labels), Options: pairs(f.options)}
	for option := range s.Options {
		if option != "com.docker.network.driver.mtu" {
			return s, fmt.Errorf("the option %s is not supported yet: there is com.docker.network.driver.mtu", option)
		}
	}
	if mtu := s.Options["com.docker.network.driver.mtu"]; mtu != "" {
		if bytes, err := strconv.Atoi(mtu); err != nil || bytes < 68 || bytes > 65535 {
			return s, fmt.Errorf("invalid MTU %q: a number of 68 to 65535 is needed", mtu)
		}
	}
	if s.Subnet, err = parsePrefix(f.subnet, "subnet"); err != nil {
		return s, err
	}
	if s.IPRange, err = parsePrefix(f.ipRange, "ip-range"); err != nil {
		return s, err
	}
	if f.gateway != "" {
		if s.Gateway, err = netip.ParseAddr(f.gateway); err != nil {
			return s, fmt.Errorf("invalid network config: invalid gateway %s: an address is needed, like 172.30.0.1", f.gateway)
		}
	}
	return s, nil
}

func parsePrefix(text, what string) (netip.Prefix, error) {
	if text == "" {
		return netip.Prefix{}, nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return prefix, fmt.Errorf("invalid network config: invalid %s %s: CIDR notation is needed, like 172.30.0.0/16", what, text)
	}
	return prefix, nil
}

// pairs reads KEY=VALUE.
func pairs(list []string) map[string]string {
	found := map[string]string{}
	for _, each := range list {
		key, value, _ := strings.Cut(each, "=")
		found[key] = value
	}
	return found
}

func (c *cli) networkRmCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:     "rm NETWORK [NETWORK...]",
		Aliases: []string{"remove"},
		Short:   "Remove one or more networks",
		Args:    atLeast(1),
		RunE: func(_ *cobra.Command, args []string) error {
			e, err := c.open()
			if err != nil {
				return err
			}
			var failed error
			for _, name := range args {
				n, err := e.Networks().Find(name)
				if force && errors.Is(err, networks.ErrNotExist) {
					continue
				}
				if err == nil {
					err = e.Networks().Remove(n)
				}
				if err == nil {
					fmt.Fprintln(c.stdout, name)
				}
				failed = errors.Join(failed, err)
			}
			return failed
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().BoolVarP(&force, "force", "f", false, "Do not error if the network does not exist")
	return cmd
}
