package main

import (
	"fmt"
	"net/netip"

	"drydock/mini-k8s/dns"

	"github.com/spf13/cobra"
)

func dnsCommand() *cobra.Command {
	flags, address, port, config := &componentFlags{}, "", uint16(0), dns.Config{}
	cmd := &cobra.Command{
		Use:   "dns --kubeconfig FILE",
		Short: "Answer for the names of the cluster",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			own, err := netip.ParseAddr(address)
			if err != nil {
				return fmt.Errorf("--bind-address: %w", err)
			}
			if config.Client, err = flags.connect("dns"); err != nil {
				return err
			}
			config.Address = netip.AddrPortFrom(own, port)
			return dns.New(config).Run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.kubeconfig, "kubeconfig", "", "File that says where the API server is and who asks")
	f.StringVar(&address, "bind-address", "127.0.0.1", "Address to answer at, which pods reach")
	f.Uint16Var(&port, "port", 53, "Port to answer at, UDP and TCP")
	f.StringVar(&config.ClusterIP, "cluster-ip", "10.96.0.10", "Address of the Service that leads here")
	f.StringVar(&config.Domain, "cluster-domain", "cluster.local", "Domain of the cluster's names")
	f.StringSliceVar(&config.Upstreams, "upstream", nil, "Name servers (HOST:PORT) for all other names (default: none, they are refused)")
	_ = cmd.MarkFlagRequired("kubeconfig") // fails for an unknown flag only
	return cmd
}
