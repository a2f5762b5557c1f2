package remote

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"drydock/mini-docker/image"
	"drydock/mini-docker/image/archive"
	"drydock/mini-docker/image/registry"
)

// serve answers with a handler on loopback and returns where.
func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func open(t *testing.T, dir string) *registry.Registry {
	t.Helper()
	r, err := registry.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func parse(t *testing.T, text string) image.Name {
	t.Helper()
	n, err := image.ParseName(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func newStore(t *testing.T) *image.Store {
	t.Helper()
	store, err := image.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// imported puts an image of one file into a store.
func imported(t *testing.T, store *image.Store, n image.Name, platform v1.Platform) *image.Image {
	t.Helper()
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	if err := w.WriteHeader(&tar.Header{Name: "a", Mode: 0o644, Size: 1}); err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "1")
	w.Close()
	made, err := archive.Import(t.Context(), store, &packed, archive.ImportOptions{Names: []image.Name{n}, Created: time.Unix(1, 0), Platform: platform})
	if err != nil {
		t.Fatal(err)
	}
	return made.Image
}

func silent(Progress) {}

func TestWhatIsPushedIsPulledAlsoFromARegistryThatWasStartedAgain(t *testing.T) {
	dir := t.TempDir()
	from := newStore(t)
	n := parse(t, serve(t, open(t, dir))+"/some/image:1")
	pushed := imported(t, from, n, v1.Platform{})
	if _, err := Push(t.Context(), from, n, silent); err != nil {
		t.Fatal(err)
	}
	again := parse(t, serve(t, open(t, dir))+"/some/image:1")
	to := newStore(t)
	pulled, err := Pull(t.Context(), to, again, PullOptions{})
	if err != nil || pulled.ID != pushed.ID || pulled.Digest != pushed.Digest {
		t.Fatalf("got %+v, %v; want %s", pulled, err, pushed.ID)
	}
	byDigest := again
	byDigest.Tag, byDigest.Digest = "", pushed.Digest
	if _, err := Pull(t.Context(), newStore(t), byDigest, PullOptions{}); err != nil {
		t.Errorf("by digest: %v", err)
	}
	var state string
	if _, err := Pull(t.Context(), to, again, PullOptions{Notify: func(p Progress) { state = p.State }}); err != nil || state != "Already exists" {
		t.Errorf("pulling again: %q, %v; want that the layer exists", state, err)
	}
}

// Whoever pushes a new image sees which of its layers the registry had.
func TestPushTellsWhatTheRegistryHad(t *testing.T) {
	from := newStore(t)
	n := parse(t, serve(t, open(t, t.TempDir()))+"/some/image:1")
	imported(t, from, n, v1.Platform{})
	for _, want := range []string{"Pushed", "Layer already exists"} {
		var states []string
		_, err := Push(t.Context(), from, n, func(p Progress) { states = append(states, p.State) })
		if err != nil || !slices.Equal(states, []string{want}) {
			t.Errorf("got %q, %v, want %q", states, err, want)
		}
	}
}

// A registry that lies about a layer is found out, and nothing of it is kept.
func TestPullRefusesWhatDoesNotHaveItsDigest(t *testing.T) {
	kept := t.TempDir()
	from, whole := newStore(t), open(t, kept)
	lie := ""
	n := parse(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if lie == "" || !strings.HasSuffix(r.URL.Path, lie) {
			whole.ServeHTTP(w, r)
			return
		}
		w.Write(make([]byte, 2048))
	}))+"/image:1")
	pushed := imported(t, from, n, v1.Platform{})
	if _, err := Push(t.Context(), from, n, silent); err != nil {
		t.Fatal(err)
	}
	lie = "/blobs/" + pushed.Manifest.Layers[0].Digest.String()
	to := newStore(t)
	_, err := Pull(t.Context(), to, n, PullOptions{})
	want := fmt.Sprintf("%s: layer %s: content does not match its digest: got sha256:%x",
		n.Familiar(), pushed.Manifest.Layers[0].Digest.Hex[:12], sha256.Sum256(make([]byte, 2048)))
	if err == nil || err.Error() != want || !errors.Is(err, archive.ErrDigest) {
		t.Errorf("got %v, want %s", err, want)
	}
	if images, err := to.List(); err != nil || len(images) != 0 {
		t.Errorf("images %v, %v", images, err)
	}

	lie = ""
	blobs, err := filepath.Glob(filepath.Join(kept, "repositories/image/blobs/sha256", pushed.Manifest.Layers[0].Digest.Hex))
	if err != nil || len(blobs) != 1 {
		t.Fatalf("blobs %v, %v", blobs, err)
	}
	if err := os.Remove(blobs[0]); err != nil {
		t.Fatal(err)
	}
	_, err = Pull(t.Context(), to, n, PullOptions{})
	want = fmt.Sprintf("registry %s has lost a part of %s: sha256:%s", n.Registry, n.Familiar(), pushed.Manifest.Layers[0].Digest.Hex)
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestErrorsAreOneLineThatSaysWhatToDo(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	empty := serve(t, open(t, t.TempDir()))
	denying := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", http.StatusForbidden) }))
	for name, want := range map[string]string{
		closed.Addr().String() + "/x:1": "registry " + closed.Addr().String() + " cannot be reached: connection refused",
		empty + "/x:1":                  "manifest for " + empty + "/x:1 not found: manifest unknown",
		denying + "/x:1":                "access to " + denying + "/x is denied",
	} {
		_, err := Pull(t.Context(), newStore(t), parse(t, name), PullOptions{})
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %q, want %q", name, err, want)
		}
	}
}

func TestPlainHTTPIsForThisMachineAlone(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true, "box.localhost": true,
		"10.0.0.1": false, "192.168.1.1": false, "registry.local": false, "localhost.example": false,
	} {
		if got := isLoopback(host); got != want {
			t.Errorf("%s: got %v, want %v", host, got, want)
		}
	}
	request, err := http.NewRequest(http.MethodGet, "http://10.0.0.1/v2/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (plainOnlyAtHome{}).RoundTrip(request); err == nil {
		t.Error("a plain request left this machine")
	}
}

// A registry that never ends its answer does not hold whoever gives up.
func TestPullEndsWithItsContext(t *testing.T) {
	arrived := make(chan struct{}, 8)
	n := parse(t, serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
	}))+"/x:1")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	if _, err := Pull(ctx, newStore(t), n, PullOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
