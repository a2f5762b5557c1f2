// Package endpointslice writes down which pods are behind a Service: their
// addresses and ports, and whether they are ready, in slices of at most a
// hundred, so that a change of one pod does not send all of them to each node.
// Proxies and DNS read slices. The older form, one Endpoints object for all, is
// written as well.
package endpointslice

//lint:file-ignore SA1019 older clients read Endpoints

import (
	"context"
	"errors"
	"sync"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/controller"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/labels"
)

// managedBy marks slices as this controller's: others may be beside them.
const managedBy = "endpointslice-controller.k8s.io"

// Controller keeps the slices of Services that select pods.
type Controller struct {
	*controller.Shared
	services *client.Cache[corev1.Service]
	slices   *client.Cache[discoveryv1.EndpointSlice]
	legacy   *client.Cache[corev1.Endpoints]
	queue    *client.Queue[client.Key]
}

// New returns a controller that follows the shared caches. It begins with Run.
func New(shared *controller.Shared) *Controller {
	mine := client.Selector{Labels: discoveryv1.LabelManagedBy + "=" + managedBy}
	c := &Controller{
		Shared: shared, queue: client.NewQueue[client.Key](),
		services: client.Cached[corev1.Service](shared.Client, client.Selector{}),
		slices:   client.Cached[discoveryv1.EndpointSlice](shared.Client, mine),
		legacy:   client.Cached[corev1.Endpoints](shared.Client, client.Selector{}),
	}
	c.services.OnChange(func(old, now *corev1.Service) {
		if now == nil {
			now = old
		}
		c.queue.Add(client.KeyOf(now))
	})
	c.slices.OnChange(func(old, now *discoveryv1.EndpointSlice) {
		if now == nil { // somebody else has deleted it
			c.queue.Add(client.Key{Namespace: old.Namespace, Name: old.Labels[discoveryv1.LabelServiceName]})
		}
	})
	c.Pods.OnChange(c.podChanged)
	return c
}

// podChanged looks at the Services that select a pod, or did.
func (c *Controller) podChanged(old, now *corev1.Pod) {
	for _, service := range c.services.All() {
		selects := labels.SelectorFromSet(service.Spec.Selector)
		for _, pod := range []*corev1.Pod{old, now} {
			if pod != nil && pod.Namespace == service.Namespace && selects.Matches(labels.Set(pod.Labels)) {
				c.queue.Add(client.KeyOf(service))
			}
		}
	}
}

// Run keeps slices until ctx ends.
func (c *Controller) Run(ctx context.Context) {
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { c.services.Run(ctx) })
	group.Go(func() { c.slices.Run(ctx) })
	group.Go(func() { c.legacy.Run(ctx) })
	if c.Synced(ctx) == nil && c.services.Synced(ctx) == nil && c.slices.Synced(ctx) == nil && c.legacy.Synced(ctx) == nil {
		c.Loop(ctx, "endpointslice", c.queue, c.Reconcile)
	}
}

// Reconcile brings the slices of one Service to what its pods are now. Those of
// a Service that is gone go by the garbage collector.
func (c *Controller) Reconcile(ctx context.Context, key client.Key) error {
	service := c.services.Lookup(key)
	if service == nil {
		return c.deleteLegacy(ctx, key)
	}
	if len(service.Spec.Selector) == 0 || service.Spec.Type == corev1.ServiceTypeExternalName || service.DeletionTimestamp != nil {
		return nil // somebody else knows what is behind it
	}
	pods := c.Pods.Select(service.Namespace, labels.SelectorFromSet(service.Spec.Selector))
	groups := Groups(service, pods)
	have := c.slices.Select(service.Namespace, labels.SelectorFromSet(labels.Set{discoveryv1.LabelServiceName: service.Name}))
	var errs []error
	for _, next := range Plan(service, groups, have) {
		errs = append(errs, c.write(ctx, next))
	}
	return errors.Join(append(errs, c.writeLegacy(ctx, service, groups))...)
}

// write makes, changes or deletes a slice.
func (c *Controller) write(ctx context.Context, change Change) (err error) {
	switch {
	case change.Now == nil:
		err = c.slices.Delete(ctx, client.KeyOf(change.Old))
	case change.Old == nil:
		_, err = c.slices.Create(ctx, change.Now)
	case !equality.Semantic.DeepEqual(change.Old, change.Now):
		_, err = c.slices.Update(ctx, change.Now)
	}
	if client.IsNotFound(err) || client.IsTerminating(err) {
		return nil
	}
	return err
}
