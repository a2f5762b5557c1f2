// Package namespace furnishes namespaces and empties them. Each gets a
// ServiceAccount for pods that name none, and a ConfigMap by which pods know the
// API server's certificate. One that is deleted stays, Terminating, until
// nothing is left in it; then this controller takes off the finalizer that held
// it.
package namespace

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/client"
	"drydock/mini-k8s/controller"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// How long to wait before looking again whether what was deleted is gone: pods
// take their time, and say nothing to their namespace.
const lookAgain = 200 * time.Millisecond

// rootCA is the ConfigMap of the API server's certificate.
const rootCA = "kube-root-ca.crt"

// Controller furnishes namespaces and empties them.
type Controller struct {
	*controller.Shared
	rootCA     []byte // PEM
	namespaces *client.Cache[corev1.Namespace]
	accounts   *client.Cache[corev1.ServiceAccount]
	maps       *client.Cache[corev1.ConfigMap]
	queue      *client.Queue[client.Key]
}

// New returns a controller that tells pods of a certificate. It begins with Run.
func New(shared *controller.Shared, certificate []byte) *Controller {
	c := &Controller{
		Shared: shared, rootCA: certificate, queue: client.NewQueue[client.Key](),
		namespaces: client.Cached[corev1.Namespace](shared.Client, client.Selector{}),
		accounts:   client.Cached[corev1.ServiceAccount](shared.Client, client.Selector{Fields: "metadata.name=default"}),
		maps:       client.Cached[corev1.ConfigMap](shared.Client, client.Selector{Fields: "metadata.name=" + rootCA}),
	}
	c.namespaces.OnChange(func(_, now *corev1.Namespace) {
		if now != nil {
			c.queue.Add(client.KeyOf(now))
		}
	})
	c.accounts.OnChange(func(old, now *corev1.ServiceAccount) {
		if now == nil {
			c.queue.Add(client.Key{Name: old.Namespace})
		}
	})
	c.maps.OnChange(func(old, now *corev1.ConfigMap) {
		if now == nil {
			now = old
		}
		c.queue.Add(client.Key{Name: now.Namespace})
	})
	return c
}

// Run looks after namespaces until ctx ends.
func (c *Controller) Run(ctx context.Context) {
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { c.namespaces.Run(ctx) })
	group.Go(func() { c.accounts.Run(ctx) })
	group.Go(func() { c.maps.Run(ctx) })
	if c.namespaces.Synced(ctx) == nil && c.accounts.Synced(ctx) == nil && c.maps.Synced(ctx) == nil {
		c.Loop(ctx, "namespace", c.queue, c.Reconcile)
	}
}

// Reconcile furnishes a namespace, or empties it a little more.
func (c *Controller) Reconcile(ctx context.Context, key client.Key) error {
	namespace := c.namespaces.Lookup(key)
	switch {
	case namespace == nil:
		return nil
	case namespace.DeletionTimestamp == nil:
		return c.furnish(ctx, namespace.Name)
	case !slices.Contains(namespace.Spec.Finalizers, corev1.FinalizerKubernetes):
		return nil
	}
	left, err := c.empty(ctx, namespace.Name)
	switch {
	case err != nil:
		return err
	case left > 0:
		c.queue.AddAfter(key, lookAgain)
		return nil
	}
	return c.finalize(ctx, namespace)
}

// furnish makes what each namespace has.
func (c *Controller) furnish(ctx context.Context, name string) error {
	if c.accounts.Lookup(client.Key{Namespace: name, Name: "default"}) == nil {
		account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: name, Name: "default"}}
		if _, err := c.accounts.Create(ctx, account); ignorable(err) != nil {
			return fmt.Errorf("making service account: %w", err)
		}
	}
	wanted := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: name, Name: rootCA, Annotations: map[string]string{
			"kubernetes.io/description": "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
		}},
		Data: map[string]string{"ca.crt": string(c.rootCA)},
	}
	var err error
	switch have := c.maps.Lookup(client.KeyOf(wanted)); {
	case have == nil:
		_, err = c.maps.Create(ctx, wanted)
	case have.Data["ca.crt"] != wanted.Data["ca.crt"]:
		next := have.DeepCopy()
		next.Data = wanted.Data
		_, err = c.maps.Update(ctx, next)
	}
	return ignorable(err)
}

// ignorable drops the news that somebody was faster, in making or in deleting.
func ignorable(err error) error {
	if client.IsAlreadyExists(err) || client.IsTerminating(err) {
		return nil
	}
	return err
}

// empty deletes everything in a namespace and says how much is still there.
func (c *Controller) empty(ctx context.Context, name string) (left int, err error) {
	var errs []error
	for _, k := range c.Client.Kinds.All() {
		if !k.Namespaced {
			continue
		}
		n, err := c.emptyOf(ctx, name, k)
		left += n
		errs = append(errs, err)
	}
	return left, errors.Join(errs...)
}

// emptyOf deletes the objects of one kind. It lists before and after: to delete
// nothing would be a write for each kind.
func (c *Controller) emptyOf(ctx context.Context, namespace string, k *api.Kind) (left int, err error) {
	objects := client.For[metav1.PartialObjectMetadata](c.Client, k)
	found, err := objects.List(ctx, namespace, client.Selector{})
	if err != nil || len(found) == 0 {
		return 0, err
	}
	for _, o := range found {
		if o.DeletionTimestamp != nil {
			continue // somebody else has to finish with it
		}
		if err := objects.Delete(ctx, namespace, o.Name); err != nil && !client.IsNotFound(err) {
			return 0, err
		}
	}
	found, err = objects.List(ctx, namespace, client.Selector{})
	return len(found), err
}

// finalize takes off what held the namespace: with that it is gone.
func (c *Controller) finalize(ctx context.Context, namespace *corev1.Namespace) error {
	next := namespace.DeepCopy()
	next.Spec.Finalizers = slices.DeleteFunc(next.Spec.Finalizers, func(f corev1.FinalizerName) bool { return f == corev1.FinalizerKubernetes })
	err := c.namespaces.Send(ctx, http.MethodPut, client.KeyOf(namespace), "finalize", next)
	if client.IsNotFound(err) {
		return nil
	}
	return err
}
