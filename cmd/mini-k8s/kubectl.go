package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/kubectl"

	"github.com/spf13/cobra"
)

// exitError ends the program with a status, once why has been told.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// kubectlFlags are those of all commands of kubectl.
type kubectlFlags struct {
	kubeconfig, namespace string
}

func kubectlCommand() *cobra.Command {
	flags := &kubectlFlags{}
	cmd := &cobra.Command{
		Use:   "kubectl COMMAND",
		Short: "Speak with a cluster, for the time before the real kubectl is built",
		Long:  "Speak with a cluster, for the time before the real kubectl is built (`make kubectl`),\nwith its words.",
	}
	flags.add(cmd)
	cmd.AddCommand(flags.get(), flags.apply(), flags.delete(), flags.scale(), flags.wait(), flags.logs(), flags.exec())
	return cmd
}

// add adds them to a command and those below it.
func (f *kubectlFlags) add(cmd *cobra.Command) {
	cmd.PersistentFlags().StringVar(&f.kubeconfig, "kubeconfig", "", "File that says where the cluster is (default: $KUBECONFIG, then ~/.kube/config)")
	cmd.PersistentFlags().StringVarP(&f.namespace, "namespace", "n", "", "Namespace to look in")
}

// tell makes of what a command does one that tells errors as kubectl does.
func (f *kubectlFlags) tell(run func(k *kubectl.Kubectl, cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		k, err := f.connect(cmd)
		if err == nil {
			err = run(k, cmd, args)
		}
		if exit := exitError(0); err == nil || errors.As(err, &exit) {
			return err
		}
		fmt.Fprintln(cmd.ErrOrStderr(), kubectl.Explain(err))
		return exitError(1)
	}
}

func (f *kubectlFlags) connect(cmd *cobra.Command) (*kubectl.Kubectl, error) {
	home, _ := os.UserHomeDir() // without one there is no file there
	c, err := client.Load(cmp.Or(f.kubeconfig, os.Getenv("KUBECONFIG"), filepath.Join(home, ".kube", "config")))
	if err != nil {
		return nil, err
	}
	return &kubectl.Kubectl{
		Client: c.As("kubectl"), Namespace: cmp.Or(f.namespace, c.Namespace, "default"),
		In: cmd.InOrStdin(), Out: cmd.OutOrStdout(), Err: cmd.ErrOrStderr(),
	}, nil
}

func (f *kubectlFlags) get() *cobra.Command {
	get := kubectl.Get{}
	cmd := &cobra.Command{
		Use: "get TYPE [NAME...] | TYPE/NAME...", Short: "Show objects", Args: cobra.MinimumNArgs(1),
		RunE: f.tell(func(k *kubectl.Kubectl, cmd *cobra.Command, args []string) error {
			targets, err := k.Targets(args)
			if err != nil {
				return err
			}
			return k.Get(cmd.Context(), targets, get)
		}),
	}
	cmd.Flags().StringVarP(&get.Output, "output", "o", "", "How: wide, name, yaml or json")
	cmd.Flags().StringVarP(&get.Labels, "selector", "l", "", "Only what has these labels")
	cmd.Flags().StringVar(&get.Fields, "field-selector", "", "Only what has these fields")
	cmd.Flags().BoolVarP(&get.All, "all-namespaces", "A", false, "In all namespaces")
	cmd.Flags().BoolVarP(&get.Watch, "watch", "w", false, "And go on with what changes")
	cmd.Flags().BoolVar(&get.NoHeaders, "no-headers", false, "Without the names of columns")
	return cmd
}

func (f *kubectlFlags) apply() *cobra.Command {
	var files []string
	var force bool
	cmd := &cobra.Command{
		Use: "apply -f FILE", Short: "Bring objects to what manifests say", Args: cobra.NoArgs,
		RunE: f.tell(func(k *kubectl.Kubectl, cmd *cobra.Command, _ []string) error {
			objects, err := k.Manifests(files)
			if err != nil {
				return err
			}
			return k.Apply(cmd.Context(), objects, force)
		}),
	}
	cmd.Flags().StringSliceVarP(&files, "filename", "f", nil, "Files or folders of manifests (-: what is typed)")
	cmd.Flags().BoolVar(&force, "force-conflicts", false, "Take over fields that others own")
	_ = cmd.MarkFlagRequired("filename") // fails for an unknown flag only
	return cmd
}

func (f *kubectlFlags) delete() *cobra.Command {
	var files []string
	var wait bool
	cmd := &cobra.Command{
		Use: "delete TYPE NAME... | TYPE/NAME... | -f FILE", Short: "Delete objects",
		RunE: f.tell(func(k *kubectl.Kubectl, cmd *cobra.Command, args []string) error {
			if len(files) == 0 {
				targets, err := k.Targets(args)
				if err != nil {
					return err
				}
				return k.Delete(cmd.Context(), targets, wait)
			}
			objects, err := k.Manifests(files)
			if err != nil {
				return err
			}
			return k.DeleteManifests(cmd.Context(), objects, wait)
		}),
	}
	cmd.Flags().StringSliceVarP(&files, "filename", "f", nil, "Files or folders of manifests (-: what is typed)")
	cmd.Flags().BoolVar(&wait, "wait", true, "Until they are gone")
	return cmd
}

func (f *kubectlFlags) scale() *cobra.Command {
	var replicas int
	cmd := &cobra.Command{
		Use: "scale TYPE/NAME --replicas N", Short: "Say how many replicas there are to be", Args: cobra.MinimumNArgs(1),
		RunE: f.tell(func(k *kubectl.Kubectl, cmd *cobra.Command, args []string) error {
			targets, err := k.Targets(args)
			if err != nil {
				return err
			}
			return k.Scale(cmd.Context(), targets, replicas)
		}),
	}
	cmd.Flags().IntVar(&replicas, "replicas", 0, "How many")
	_ = cmd.MarkFlagRequired("replicas") // fails for an unknown flag only
	return cmd
}

func (f *kubectlFlags) wait() *cobra.Command {
	var what string
	var timeout time.Duration
	cmd := &cobra.Command{
		Use: "wait TYPE/NAME --for=condition=NAME | --for=delete", Short: "Wait until something is so", Args: cobra.MinimumNArgs(1),
		RunE: f.tell(func(k *kubectl.Kubectl, cmd *cobra.Command, args []string) error {
			targets, err := k.Targets(args)
			if err != nil {
				return err
			}
			return k.Wait(cmd.Context(), targets, what, timeout)
		}),
	}
	cmd.Flags().StringVar(&what, "for", "", "What: delete, condition=NAME or condition=NAME=VALUE")
	cmd.Flags().DurationVar(&timeout, "timeout", 30*time.Second, "For how long")
	_ = cmd.MarkFlagRequired("for") // fails for an unknown flag only
	return cmd
}

// pod reads a pod's name, with or without its type.
func pod(k *kubectl.Kubectl, name string) (kubectl.Target, error) {
	targets, err := k.Targets([]string{name})
	if err != nil || len(targets) != 1 || targets[0].Name == "" {
		targets, err = k.Targets([]string{"pod/" + name})
	}
	if err != nil {
		return kubectl.Target{}, err
	}
	if kind := targets[0].Kind; kind.Kind != "Pod" {
		return kubectl.Target{}, fmt.Errorf("%s is no pod", name)
	}
	return targets[0], nil
}
