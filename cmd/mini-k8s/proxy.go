package main

import (
	"context"
	"fmt"
	"net/netip"

	"drydock/mini-k8s/observe"
	"drydock/mini-k8s/proxy"

	"github.com/spf13/cobra"
)

func proxyCommand() *cobra.Command {
	flags, pods := &componentFlags{}, ""
	cmd := &cobra.Command{
		Use:   "proxy --kubeconfig FILE",
		Short: "Lead what is sent to Services to their pods, on one node",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			prefix, err := netip.ParsePrefix(pods)
			if err != nil {
				return fmt.Errorf("--cluster-cidr: %w", err)
			}
			c, err := flags.connect("kube-proxy")
			if err != nil {
				return err
			}
			p := proxy.New(proxy.Config{Client: c, Pods: prefix})
			return flags.run(cmd.Context(), observe.New(), func(ctx context.Context) { p.Run(ctx) })
		},
	}
	flags.add(cmd, 10249)
	cmd.Flags().StringVar(&pods, "cluster-cidr", "10.244.0.0/16", "Addresses of all pods")
	return cmd
}
