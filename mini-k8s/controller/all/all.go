// Package all runs every controller in one process, as Kubernetes'
// controller-manager does: they share their caches and nothing else.
package all

import (
	"context"
	"sync"
	"time"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/controller"
	"drydock/mini-k8s/controller/deployment"
	"drydock/mini-k8s/controller/endpointslice"
	"drydock/mini-k8s/controller/garbage"
	"drydock/mini-k8s/controller/namespace"
	"drydock/mini-k8s/controller/node"
	"drydock/mini-k8s/controller/replicaset"
	"drydock/mini-k8s/observe"
)

// Config is what the controllers are made of.
type Config struct {
	Client  *client.Client
	Now     func() time.Time
	Metrics *observe.Metrics
	// NodeGrace is how long a node may give no sign of life.
	NodeGrace time.Duration
	// RootCA is the certificate by which pods know the API server, in PEM.
	RootCA []byte
}

// Run runs the controllers until ctx ends.
func Run(ctx context.Context, config Config) {
	shared := controller.NewShared(config.Client, config.Now, config.Metrics)
	// All have said what they want to be told of before the caches begin.
	parts := []func(context.Context){
		deployment.New(shared).Run,
		replicaset.New(shared).Run,
		endpointslice.New(shared).Run,
		node.New(shared, config.NodeGrace).Run,
		namespace.New(shared, config.RootCA).Run,
		garbage.New(shared).Run,
		shared.Pods.Run, shared.ReplicaSets.Run, shared.Nodes.Run,
	}
	var group sync.WaitGroup
	for _, run := range parts {
		group.Go(func() { run(ctx) })
	}
	group.Wait()
}
