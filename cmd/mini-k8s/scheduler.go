package main

import (
	"time"

	"drydock/mini-k8s/observe"
	"drydock/mini-k8s/scheduler"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
)

func schedulerCommand() *cobra.Command {
	flags, name := &componentFlags{}, ""
	cmd := &cobra.Command{
		Use:   "scheduler --kubeconfig FILE",
		Short: "Give each pod a node",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := flags.connect("kube-scheduler")
			if err != nil {
				return err
			}
			metrics := observe.New()
			s := scheduler.New(scheduler.Config{Client: c, Name: name, Now: time.Now, Metrics: metrics})
			return flags.run(cmd.Context(), metrics, s.Run)
		},
	}
	flags.add(cmd, 10259)
	cmd.Flags().StringVar(&name, "scheduler-name", corev1.DefaultSchedulerName, "Which pods to give a node: those with this spec.schedulerName")
	return cmd
}
