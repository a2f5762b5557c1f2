package apiserver

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/apiserver/registry"
	"drydock/mini-k8s/store"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// repairEvery is how often what every cluster has is looked after: a person may
// delete the Service of the API server, and nobody else makes it.
const repairEvery = 10 * time.Second

// bootstrap makes what clients believe every cluster to have, and makes it again
// when it goes missing.
func (s *Server) bootstrap(ctx context.Context) error {
	ticker := time.NewTicker(repairEvery)
	defer ticker.Stop()
	for {
		if err := s.repair(ctx); err != nil {
			return err
		}
		s.booted.Store(true)
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// repair makes four namespaces, and the API server itself as a Service.
func (s *Server) repair(ctx context.Context) error {
	for _, name := range []string{"default", "kube-system", "kube-public", "kube-node-lease"} {
		if err := s.ensure(ctx, "", object("v1", "Namespace", name, nil)); err != nil {
			return err
		}
	}
	if err := s.ensure(ctx, "default", s.ownService()); err != nil {
		return err
	}
	return s.publish(ctx, s.config.Address)
}

// ownService is the name under which pods reach the API server: the first
// address of the range.
func (s *Server) ownService() *api.Object {
	o := object("v1", "Service", "kubernetes", map[string]any{
		"clusterIP": s.config.Services.Masked().Addr().Next().String(), "type": "ClusterIP",
		"ports": []any{map[string]any{"name": "https", "protocol": "TCP", "port": int64(443), "targetPort": int64(s.config.Address.Port())}},
	})
	o.SetLabels(map[string]string{"component": "apiserver", "provider": "kubernetes"})
	return o
}

// publish writes down where the Service of the API server leads: to this server,
// at the address that it has now. Where that is the machine's own loopback no pod
// could reach it, and nothing is written.
func (s *Server) publish(ctx context.Context, at netip.AddrPort) error {
	if at.Addr().IsLoopback() || at.Addr().IsUnspecified() || !at.Addr().Is4() {
		return nil
	}
	o := object("discovery.k8s.io/v1", "EndpointSlice", "kubernetes", nil)
	o.SetLabels(map[string]string{"kubernetes.io/service-name": "kubernetes"})
	o.Object["addressType"] = "IPv4"
	o.Object["endpoints"] = []any{map[string]any{"addresses": []any{at.Addr().String()}, "conditions": map[string]any{"ready": true}}}
	o.Object["ports"] = []any{map[string]any{"name": "https", "protocol": "TCP", "port": int64(at.Port())}}
	if err := s.ensure(ctx, "default", o); err != nil {
		return err
	}
	same := func(live *api.Object) bool {
		return equality.Semantic.DeepEqual(live.Object["endpoints"], o.Object["endpoints"]) &&
			equality.Semantic.DeepEqual(live.Object["ports"], o.Object["ports"])
	}
	r := s.byKind(o.GroupVersionKind())
	if live, err := r.Get(ctx, "default", o.GetName()); err != nil || same(live) {
		return err
	}
	_, err := r.Update(ctx, "default", o.GetName(), func(live *api.Object) (*api.Object, error) {
		live.Object["endpoints"], live.Object["ports"] = o.Object["endpoints"], o.Object["ports"]
		return live, nil
	}, registry.Options{Manager: "kube-apiserver"})
	return err
}

func object(version, kind, name string, spec map[string]any) *api.Object {
	o := &api.Object{Object: map[string]any{"apiVersion": version, "kind": kind}}
	o.SetName(name)
	if spec != nil {
		o.Object["spec"] = spec
	}
	return o
}

// ensure creates an object unless it is there.
func (s *Server) ensure(ctx context.Context, namespace string, o *api.Object) error {
	r := s.byKind(o.GroupVersionKind())
	if _, err := r.Get(ctx, namespace, o.GetName()); err == nil {
		return nil
	}
	_, err := r.Create(ctx, namespace, o, registry.Options{Manager: "kube-apiserver"})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("making %s %s: %w", r.Kind.Singular, o.GetName(), err)
	}
	return nil
}

// byKind returns where objects of a kind are kept; nil for one that is not in
// the table.
func (s *Server) byKind(kind schema.GroupVersionKind) *registry.Registry {
	return s.Registry(s.config.Kinds.FindKind(kind))
}

// lookup finds an object of a core kind for the admission.
func (s *Server) lookup(ctx context.Context, kind, namespace, name string) (*api.Object, error) {
	return s.byKind(schema.GroupVersionKind{Version: "v1", Kind: kind}).Get(ctx, namespace, name)
}

// listAll lists a core kind for the admission.
func (s *Server) listAll(ctx context.Context, kind string) ([]*api.Object, error) {
	r := s.byKind(schema.GroupVersionKind{Version: "v1", Kind: kind})
	return r.All(ctx)
}

// How long history is kept in the store: every compactEvery, what is older than
// the last time. Kubernetes does the same.
const compactEvery = 5 * time.Minute

// compact keeps the store from growing for ever.
func (s *Server) compact(ctx context.Context) error {
	ticker := time.NewTicker(compactEvery)
	defer ticker.Stop()
	before, err := s.config.Store.Revision(ctx)
	for err == nil {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if err = ignoreCompacted(s.config.Store.Compact(ctx, before)); err == nil {
			before, err = s.config.Store.Revision(ctx)
		}
	}
	return err
}

// ignoreCompacted drops the news that another server has compacted already.
func ignoreCompacted(err error) error {
	if errors.Is(err, store.ErrCompacted) {
		return nil
	}
	return err
}
