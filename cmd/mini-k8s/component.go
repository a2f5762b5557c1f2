package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/observe"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

// componentFlags are those that every component beside the API server has.
type componentFlags struct {
	kubeconfig string
	address    string // to show health and metrics at
}

// add adds them to a command. Port is Kubernetes' for the component.
func (f *componentFlags) add(cmd *cobra.Command, port int) {
	cmd.Flags().StringVar(&f.kubeconfig, "kubeconfig", "", "File that says where the API server is and who asks")
	cmd.Flags().StringVar(&f.address, "metrics-bind-address", fmt.Sprintf("127.0.0.1:%d", port), "Address to show /healthz and /metrics at (port 0: any; empty: none)")
	_ = cmd.MarkFlagRequired("kubeconfig") // fails for an unknown flag only
}

// run runs a component, and beside it what shows how it is, until ctx ends.
func (f *componentFlags) run(ctx context.Context, metrics *observe.Metrics, component func(context.Context)) error {
	group, ctx := errgroup.WithContext(ctx)
	if f.address != "" {
		listener, err := net.Listen("tcp", f.address)
		if err != nil {
			return fmt.Errorf("showing metrics: %w", err)
		}
		slog.Info("metrics", "address", "http://"+listener.Addr().String()+"/metrics")
		group.Go(func() error { return serve(ctx, listener, metrics) })
	}
	group.Go(func() error {
		component(ctx)
		return nil
	})
	return group.Wait()
}

// connect returns a client under the name of a component.
func (f *componentFlags) connect(component string) (*client.Client, error) {
	c, err := client.Load(f.kubeconfig)
	if err != nil {
		return nil, err
	}
	return c.As(component), nil
}
