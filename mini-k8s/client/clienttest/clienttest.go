// Package clienttest is an API server inside a test, with a store of its own and
// a client of it: what a component is tried against.
package clienttest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/api/kinds"
	"drydock/mini-k8s/api/schema"
	"drydock/mini-k8s/apiserver"
	"drydock/mini-k8s/apiserver/identity"
	"drydock/mini-k8s/client"
	"drydock/mini-k8s/store"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Patience is how long a test waits for what must come, on a slow machine.
const Patience = time.Minute

var definitions = sync.OnceValues(schema.Load)

// World is a server and a client of it.
type World struct {
	*testing.T
	Client *client.Client
	Store  *store.Bolt
	front  *httptest.Server
}

// New starts a server, which ends with the test.
func New(t *testing.T) *World {
	t.Helper()
	db, err := store.Open(filepath.Join(t.TempDir(), "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	loaded, err := definitions()
	if err != nil {
		t.Fatal(err)
	}
	server := apiserver.New(apiserver.Config{
		Store: db, Kinds: api.NewTable(kinds.All()...), Schema: loaded,
		Services: netip.MustParsePrefix("10.96.0.0/12"), Address: netip.MustParseAddrPort("127.0.0.1:6443"),
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	front := httptest.NewServer(identity.Everybody(identity.User{Name: "test"}, server))
	t.Cleanup(func() {
		front.CloseClientConnections()
		front.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	waiting, stop := context.WithTimeout(t.Context(), Patience)
	defer stop()
	if err := server.AwaitReady(waiting); err != nil {
		t.Fatal(err)
	}
	// A watch takes a connection of its own; the default keeps only two.
	transport := &http.Transport{MaxIdleConnsPerHost: 100}
	t.Cleanup(transport.CloseIdleConnections)
	return &World{T: t, Client: client.New(front.URL, transport).As("test"), Store: db, front: front}
}

// Break breaks every connection, watches among them.
func (w *World) Break() { w.front.CloseClientConnections() }

// Run runs a component until the test ends.
func (w *World) Run(component func(ctx context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() { component(ctx) })
	w.Cleanup(func() {
		cancel()
		group.Wait()
	})
}

// Await waits for a fact.
func (w *World) Await(fact string, holds func() bool) {
	w.Helper()
	for deadline := time.Now().Add(Patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			w.Fatalf("not within %v: %s", Patience, fact)
		}
	}
}

// Create makes an object that must be accepted.
func Create[T any](w *World, o *T) *T {
	w.Helper()
	made, err := client.Of[T](w.Client).Create(w.Context(), o)
	if err != nil {
		w.Fatal(err)
	}
	return made
}

// Get returns an object that must be there.
func Get[T any](w *World, namespace, name string) *T {
	w.Helper()
	o, err := client.Of[T](w.Client).Get(w.Context(), namespace, name)
	if err != nil {
		w.Fatal(err)
	}
	return o
}

// List returns what is in a namespace.
func List[T any](w *World, namespace string) []T {
	w.Helper()
	found, err := client.Of[T](w.Client).List(w.Context(), namespace, client.Selector{})
	if err != nil {
		w.Fatal(err)
	}
	return found
}

// Pod returns a pod of one container.
func Pod(name string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}, Spec: PodSpec()}
}

// PodSpec returns the spec of a pod of one container.
func PodSpec() corev1.PodSpec {
	return corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "nginx:1"}}}
}

// Pods are those of the world.
func (w *World) Pods() *client.Resource[corev1.Pod] { return client.Of[corev1.Pod](w.Client) }
