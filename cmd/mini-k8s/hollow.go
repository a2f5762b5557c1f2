package main

import (
	"time"

	"drydock/mini-k8s/kubelet/hollow"
	"drydock/mini-k8s/observe"

	"github.com/spf13/cobra"
)

func hollowCommand() *cobra.Command {
	flags, config := &componentFlags{}, hollow.Config{Now: time.Now}
	cmd := &cobra.Command{
		Use:   "hollow --kubeconfig FILE --nodes N",
		Short: "Play many nodes on which nothing runs, to try the rest of a cluster",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := flags.connect("kubelet")
			if err != nil {
				return err
			}
			config.Client = c
			return flags.run(cmd.Context(), observe.New(), hollow.New(config).Run)
		},
	}
	flags.add(cmd, 0)
	cmd.Flags().IntVar(&config.Nodes, "nodes", 1, "How many nodes")
	cmd.Flags().StringVar(&config.Prefix, "prefix", "hollow-", "What their names begin with, before a number")
	cmd.Flags().DurationVar(&config.Renew, "renew", hollow.RenewEvery, "How often each shows that it is alive")
	cmd.Flags().StringSliceVar(&config.Missing, "missing-image", nil, "Images that are not to be had, so that their pods never run")
	return cmd
}
