package apiserver_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/api/kinds"
	"drydock/mini-k8s/api/schema"
	"drydock/mini-k8s/apiserver"
	"drydock/mini-k8s/apiserver/identity"
	"drydock/mini-k8s/store"
)

// patience is how long a test waits for what must come, on a slow machine.
const patience = time.Minute

var definitions = sync.OnceValues(schema.Load)

// world is a server over a store of its own, with a client.
type world struct {
	*testing.T
	url    string
	store  store.Store
	server http.Handler
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db, err := store.Open(filepath.Join(t.TempDir(), "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return newWorldOver(t, db)
}

// newWorldOver starts a server over a store that may hold something.
func newWorldOver(t *testing.T, db store.Store) *world {
	t.Helper()
	return newWorldAt(t, db, "127.0.0.1:6443")
}

// newWorldAt starts a server that says of itself to be at an address.
func newWorldAt(t *testing.T, db store.Store, address string) *world {
	t.Helper()
	loaded, err := definitions()
	if err != nil {
		t.Fatal(err)
	}
	server := apiserver.New(apiserver.Config{
		Store: db, Kinds: api.NewTable(kinds.All()...), Schema: loaded,
		Services: netip.MustParsePrefix("10.96.0.0/12"), Address: netip.MustParseAddrPort(address),
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
	w := &world{t, front.URL, db, server}
	w.await("the server is ready", func() bool { return w.do("GET", "/readyz", "").code == http.StatusOK })
	return w
}

// await waits for a fact.
func (w *world) await(fact string, holds func() bool) {
	w.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			w.Fatalf("not within %v: %s", patience, fact)
		}
	}
}

// reply is what the server answered.
type reply struct {
	code    int
	header  http.Header
	text    string
	content map[string]any
}

// do sends a request. A body is JSON unless a header, given as "Name: value",
// says otherwise.
func (w *world) do(method, path, body string, headers ...string) reply {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for _, each := range headers {
		name, value, _ := strings.Cut(each, ": ")
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		w.Fatal(err)
	}
	answered := reply{code: response.StatusCode, header: response.Header, text: string(text)}
	_ = json.Unmarshal(text, &answered.content) // /readyz and the like are no JSON
	return answered
}

// ok sends a request that must succeed.
func (w *world) ok(method, path, body string, headers ...string) reply {
	w.Helper()
	answered := w.do(method, path, body, headers...)
	if answered.code >= 300 {
		w.Fatalf("%s %s: got %d %s", method, path, answered.code, answered.text)
	}
	return answered
}

// refused sends a request that must fail with a code, and words in its message.
func (w *world) refused(code int, words, method, path, body string, headers ...string) reply {
	w.Helper()
	answered := w.do(method, path, body, headers...)
	if answered.code != code || !strings.Contains(answered.str("message"), words) {
		w.Errorf("%s %s: got %d %q, want %d %q", method, path, answered.code, answered.text, code, words)
	}
	return answered
}

// str is the text at a dotted path of the answer, whatever its type.
func (r reply) str(path string) string {
	value := api.Get(r.content, strings.Split(path, ".")...)
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

// names are those of a list's items.
func (r reply) names() []string {
	names := []string{}
	for _, item := range api.Maps(r.content, "items") {
		names = append(names, api.String(item, "metadata", "name"))
	}
	return names
}

// watch opens a watch and returns what reads its next line as "TYPE name", and
// the line itself.
func (w *world) watch(path string, headers ...string) func() (string, map[string]any) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	w.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", w.url+path, nil)
	if err != nil {
		w.Fatal(err)
	}
	for _, each := range headers {
		name, value, _ := strings.Cut(each, ": ")
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { response.Body.Close() })
	lines := bufio.NewReader(response.Body)
	return func() (string, map[string]any) {
		w.Helper()
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return "END", nil
		}
		var event struct {
			Type   string
			Object map[string]any
		}
		if err := json.NewDecoder(bytes.NewReader(line)).Decode(&event); err != nil {
			w.Fatalf("watch: %v in %s", err, line)
		}
		return strings.TrimSpace(event.Type + " " + api.String(event.Object, "metadata", "name")), event.Object
	}
}

// see reads events that must come in this order.
func (w *world) see(next func() (string, map[string]any), want ...string) (last map[string]any) {
	w.Helper()
	for _, each := range want {
		got, object := next()
		if got != each {
			w.Fatalf("watch: got %q, want %q: %v", got, each, object)
		}
		last = object
	}
	return last
}

// Paths that many tests use.
const (
	configMaps = "/api/v1/namespaces/default/configmaps"
	podsPath   = "/api/v1/namespaces/default/pods"
	deploys    = "/apis/apps/v1/namespaces/default/deployments"
)

func configMap(name, value string) string {
	return fmt.Sprintf(`{"metadata":{"name":%q},"data":{"key":%q}}`, name, value)
}

func onePod(name string) string {
	return fmt.Sprintf(`{"metadata":{"name":%q},"spec":{"containers":[{"name":"c","image":"nginx:1"}]}}`, name)
}

func oneDeployment(name string) string {
	return fmt.Sprintf(`{"metadata":{"name":%q},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"nginx:1"}]}}}}`, name)
}
