package main

import (
	"context"
	"time"

	"drydock/mini-k8s/controller/all"
	"drydock/mini-k8s/controller/node"
	"drydock/mini-k8s/observe"

	"github.com/spf13/cobra"
)

func controllersCommand() *cobra.Command {
	flags, grace := &componentFlags{}, node.Grace
	cmd := &cobra.Command{
		Use:   "controller-manager --kubeconfig FILE",
		Short: "Bring the cluster to what its objects ask for",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := flags.connect("kube-controller-manager")
			if err != nil {
				return err
			}
			config := all.Config{Client: c, Now: time.Now, Metrics: observe.New(), NodeGrace: grace, RootCA: c.Authority}
			return flags.run(cmd.Context(), config.Metrics, func(ctx context.Context) { all.Run(ctx, config) })
		},
	}
	flags.add(cmd, 10257)
	cmd.Flags().DurationVar(&grace, "node-monitor-grace-period", grace, "How long a node may give no sign of life until it counts as lost")
	return cmd
}
