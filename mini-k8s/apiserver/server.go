// Package apiserver is the front of a cluster: the one component that the store
// is behind, and in which all others meet. It serves the kinds of a table as
// Kubernetes does, over HTTP, and names none of them: what a kind wants stands
// in api/kinds, what a request does to an object in registry, what is decided
// across kinds in admission.
//
// A request comes in through ServeHTTP, is read into a request (request.go), and
// goes to the verb's function (read.go, write.go, watch.go).
package apiserver

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/api/schema"
	"drydock/mini-k8s/apiserver/admission"
	"drydock/mini-k8s/apiserver/cache"
	"drydock/mini-k8s/apiserver/nodes"
	"drydock/mini-k8s/apiserver/openapi"
	"drydock/mini-k8s/apiserver/ownership"
	"drydock/mini-k8s/apiserver/registry"
	"drydock/mini-k8s/store"

	"golang.org/x/sync/errgroup"
)

// Config is what a server is made of.
type Config struct {
	Store    store.Store
	Kinds    *api.Table
	Schema   schema.Definitions // of their fields
	Services netip.Prefix       // the range of Services' addresses
	Address  netip.AddrPort     // at which other machines reach the server
	Nodes    *nodes.Way         // to the kubelets; nil: logs and terminals are not answered for
	Now      func() time.Time   // nil is time.Now
	// Tolerated is for how long pods stay on a node that is lost, in whole
	// seconds; nil is DefaultTolerated.
	Tolerated *time.Duration
}

// DefaultTolerated is for how long pods stay on a node that is lost, as in
// Kubernetes.
const DefaultTolerated = 5 * time.Minute

// Server answers for the kinds of a table.
type Server struct {
	config     Config
	handler    http.Handler
	metrics    *metrics
	owners     *ownership.Owners
	documents  func() ([]openapi.Document, error)
	booted     atomic.Bool // what every cluster has is there
	mutex      sync.RWMutex
	registries map[*api.Kind]*registry.Registry
}

var _ http.Handler = (*Server)(nil)

// New returns a server. It is ready once Run has filled its caches.
func New(config Config) *Server {
	if config.Now == nil {
		config.Now = time.Now
	}
	s := &Server{config: config, metrics: &metrics{requests: map[string]int64{}}, registries: map[*api.Kind]*registry.Registry{}}
	s.owners = ownership.New(config.Schema)
	s.documents = sync.OnceValues(s.describe)
	chain := admission.New(s.lookup, s.listAll, config.Services)
	if chain.Tolerated = DefaultTolerated; config.Tolerated != nil {
		chain.Tolerated = *config.Tolerated
	}
	for _, k := range config.Kinds.All() {
		s.registries[k] = &registry.Registry{
			Kind: k, Store: config.Store, Cache: cache.New(k, config.Store), Now: config.Now,
			Admit: chain.Admit, Own: s.own,
		}
	}
	s.handler = s.metrics.count(s.routes())
	return s
}

// Run makes what every cluster has and keeps the caches until ctx ends or the
// store fails.
func (s *Server) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, r := range s.registries {
		group.Go(func() error {
			if err := r.Cache.Run(ctx); err != nil && ctx.Err() == nil {
				return fmt.Errorf("watching %s: %w", r.Kind.Plural, err)
			}
			return nil
		})
	}
	group.Go(func() error { return s.bootstrap(ctx) })
	group.Go(func() error { return s.compact(ctx) })
	return group.Wait()
}

// Ready reports whether the server can answer for all its kinds, and if not what
// it waits for.
func (s *Server) Ready() (missing string, ok bool) {
	for k, r := range s.registries {
		if !r.Cache.Ready() {
			return "the cache of " + k.Plural, false
		}
	}
	return "what every cluster has", s.booted.Load()
}

// AwaitReady returns when the server can answer for all its kinds, or with the
// error of ctx when that ends first.
func (s *Server) AwaitReady(ctx context.Context) error {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		if _, ok := s.Ready(); ok {
			return nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Registry returns where a kind's objects are written and read.
func (s *Server) Registry(k *api.Kind) *registry.Registry {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	return s.registries[k]
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// routes is the server's table of contents.
func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("GET /livez", s.health)
	mux.HandleFunc("GET /readyz", s.ready)
	mux.HandleFunc("GET /metrics", s.showMetrics)
	mux.HandleFunc("GET /version", s.version)
	mux.HandleFunc("GET /openapi/v2", s.openAPIv2)
	mux.HandleFunc("GET /openapi/v3", s.openAPI)
	mux.HandleFunc("GET /openapi/v3/{path...}", s.openAPI)
	mux.HandleFunc("GET /{$}", s.paths)
	mux.HandleFunc("GET /api", s.coreVersions)
	mux.HandleFunc("GET /apis", s.groups)
	mux.HandleFunc("GET /api/{version}", s.resources)
	mux.HandleFunc("GET /apis/{group}", s.group)
	mux.HandleFunc("GET /apis/{group}/{version}", s.resources)
	mux.HandleFunc("/api/{version}/{rest...}", s.resource)
	mux.HandleFunc("/apis/{group}/{version}/{rest...}", s.resource)
	mux.HandleFunc("/", s.notFound)
	return mux
}
