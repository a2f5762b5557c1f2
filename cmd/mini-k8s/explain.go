package main

import (
	"fmt"

	"drydock/mini-k8s/explain"
	"drydock/mini-k8s/kubectl"

	"github.com/spf13/cobra"
)

func explainCommand() *cobra.Command {
	flags := &kubectlFlags{}
	cmd := &cobra.Command{
		Use:   "explain pod NAME",
		Short: "Tell how a pod came to be, component by component",
		Args:  cobra.RangeArgs(1, 2),
		RunE: flags.tell(func(k *kubectl.Kubectl, cmd *cobra.Command, args []string) error {
			targets, err := k.Targets(args)
			if err != nil {
				return err
			}
			if len(targets) != 1 || targets[0].Kind.Kind != "Pod" || targets[0].Name == "" {
				return fmt.Errorf("only pods are explained, one at a time: mini-k8s explain pod NAME")
			}
			story, err := explain.Pod(cmd.Context(), k.Client, k.Namespace, targets[0].Name)
			if err != nil {
				return err
			}
			return story.Write(k.Out)
		}),
	}
	flags.add(cmd)
	return cmd
}
