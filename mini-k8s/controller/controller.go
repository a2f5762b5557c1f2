// Package controller holds what controllers have in common. A controller brings
// the cluster from how it is to how somebody wants it, for one object at a time:
// it reads caches, compares, and writes what is missing. It keeps no state of
// its own, so it may be stopped at any instant and begin again; it is not told
// what happened, only where to look.
//
// Each controller is a folder below. All of them run in controller/all.
package controller

import (
	"context"
	"time"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/observe"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// workers is how many objects of a kind a controller works on at a time.
const workers = 4

// Shared is what the controllers of one process use together: one cache a kind.
type Shared struct {
	Client      *client.Client
	Now         func() time.Time
	Metrics     *observe.Metrics
	Pods        *client.Cache[corev1.Pod]
	ReplicaSets *client.Cache[appsv1.ReplicaSet]
	Nodes       *client.Cache[corev1.Node]
}

// NewShared returns caches that are filled once Run is called.
func NewShared(c *client.Client, now func() time.Time, metrics *observe.Metrics) *Shared {
	return &Shared{
		Client: c, Now: now, Metrics: metrics,
		Pods:        client.Cached[corev1.Pod](c, client.Selector{}),
		ReplicaSets: client.Cached[appsv1.ReplicaSet](c, client.Selector{}),
		Nodes:       client.Cached[corev1.Node](c, client.Selector{}),
	}
}

// Synced returns when the shared caches are filled, or ctx has ended.
func (s *Shared) Synced(ctx context.Context) error {
	for _, each := range []interface{ Synced(context.Context) error }{s.Pods, s.ReplicaSets, s.Nodes} {
		if err := each.Synced(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Loop calls reconcile for each key of a queue until ctx ends, and counts how
// that went under the name of a controller.
func (s *Shared) Loop(ctx context.Context, name string, queue *client.Queue[client.Key], reconcile func(context.Context, client.Key) error) {
	queue.Run(ctx, workers, func(ctx context.Context, key client.Key) error {
		err := reconcile(ctx, key)
		result := "ok"
		if err != nil {
			result = "error"
		}
		s.Metrics.Add("controller_reconcile_total", `controller="`+name+`",result="`+result+`"`, 1)
		return err
	})
}
