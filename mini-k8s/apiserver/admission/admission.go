// Package admission decides what a kind's own rules cannot, since it depends on
// other objects: that a namespace is there, which address a Service gets. It is
// the one part of the API server that knows kinds by name.
package admission

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/apiserver/registry"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Lookup returns an object as the store has it.
type Lookup func(ctx context.Context, kind, namespace, name string) (*api.Object, error)

// ListAll returns all objects of a kind as the store has them.
type ListAll func(ctx context.Context, kind string) ([]*api.Object, error)

// Chain is what every write passes through.
type Chain struct {
	lookup   Lookup
	services *addresses
	// Tolerated is for how long a pod that says nothing itself stays on a node
	// that is lost.
	Tolerated time.Duration
}

// New returns a chain that gives Services addresses of a range.
func New(lookup Lookup, list ListAll, services netip.Prefix) *Chain {
	return &Chain{lookup: lookup, services: newAddresses(list, services)}
}

// Admit is registry's Admit.
func (c *Chain) Admit(ctx context.Context, write registry.Write) (done func(), err error) {
	done = func() {}
	switch {
	case write.Object == nil:
		return done, protect(write)
	case write.Old == nil && write.Kind.Namespaced:
		if err := c.namespaceIsThere(ctx, write); err != nil {
			return done, err
		}
	}
	switch write.Kind.Kind {
	case "Pod":
		if write.Old == nil {
			c.completePod(write.Object)
		}
	case "Service":
		return c.services.assign(ctx, write)
	}
	return done, nil
}

// protect keeps what a cluster cannot be without.
func protect(write registry.Write) error {
	if write.Kind.Kind != "Namespace" {
		return nil
	}
	switch name := write.Old.GetName(); name {
	case metav1.NamespaceDefault, metav1.NamespaceSystem, metav1.NamespacePublic:
		return apierrors.NewForbidden(write.Kind.Resource(), name, fmt.Errorf("this namespace may not be deleted"))
	}
	return nil
}

// namespaceIsThere refuses an object whose namespace is missing or on its way
// out: nothing may come into a room that is being emptied.
func (c *Chain) namespaceIsThere(ctx context.Context, write registry.Write) error {
	name := write.Object.GetNamespace()
	namespace, err := c.lookup(ctx, "Namespace", "", name)
	if err != nil {
		return err
	}
	if namespace.GetDeletionTimestamp() == nil {
		return nil
	}
	refusal := apierrors.NewForbidden(write.Kind.Resource(), write.Object.GetName(),
		fmt.Errorf("unable to create new content in namespace %s because it is being terminated", name))
	refusal.ErrStatus.Details.Causes = append(refusal.ErrStatus.Details.Causes, metav1.StatusCause{
		Type: "NamespaceTerminating", Message: fmt.Sprintf("namespace %s is being terminated", name), Field: "metadata.namespace",
	})
	return refusal
}

// completePod gives a pod what Kubernetes' admission does: who it is, how
// important it is, and how long it bears with a node that is lost.
func (c *Chain) completePod(o *api.Object) {
	spec := api.Map(o.Object, "spec")
	if spec == nil {
		return
	}
	if api.String(spec, "serviceAccountName") == "" {
		spec["serviceAccountName"], spec["serviceAccount"] = "default", "default"
	}
	api.Default(spec, int64(0), "priority")
	api.Default(spec, "PreemptLowerPriority", "preemptionPolicy")
	tolerations, _ := spec["tolerations"].([]any)
	for _, taint := range []string{"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"} {
		if !toleratesNoExecute(spec, taint) {
			tolerations = append(tolerations, map[string]any{
				"key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": int64(c.Tolerated / time.Second),
			})
		}
	}
	spec["tolerations"] = tolerations
}

func toleratesNoExecute(spec map[string]any, taint string) bool {
	for _, each := range api.Maps(spec, "tolerations") {
		key, effect := api.String(each, "key"), api.String(each, "effect")
		if (key == taint || key == "" && api.String(each, "operator") == "Exists") && (effect == "NoExecute" || effect == "") {
			return true
		}
	}
	return false
}
