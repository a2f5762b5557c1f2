// Package controllertest runs controllers against an API server inside a test.
package controllertest

import (
	"context"
	"sync"
	"time"

	"drydock/mini-k8s/client/clienttest"
	"drydock/mini-k8s/controller"
	"drydock/mini-k8s/observe"
)

// Run runs controllers, made with shared caches, until the test ends.
func Run(w *clienttest.World, make ...func(*controller.Shared) func(context.Context)) {
	shared := controller.NewShared(w.Client.As("kube-controller-manager"), time.Now, observe.New())
	var all []func(context.Context)
	for _, each := range make {
		all = append(all, each(shared))
	}
	w.Run(func(ctx context.Context) {
		var group sync.WaitGroup
		for _, each := range append(all, shared.Pods.Run, shared.ReplicaSets.Run, shared.Nodes.Run) {
			group.Go(func() { each(ctx) })
		}
		group.Wait()
	})
}
