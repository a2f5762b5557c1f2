package remote

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"drydock/mini-docker/image"
	"drydock/mini-docker/image/archive"
)

// A registry that breaks off in the middle of a layer is asked for the rest, and for
// no more than that.
func TestPullGoesOnWhereALayerBrokeOff(t *testing.T) {
	whole := open(t, t.TempDir())
	var within string // the path of the layer, once it is known
	var ranges atomic.Int64
	var stubborn atomic.Bool
	at := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if within == "" || !strings.HasSuffix(r.URL.Path, within) || r.Method != http.MethodGet {
			whole.ServeHTTP(w, r)
			return
		}
		if r.Header.Get("Range") == "bytes=1000-2047" && !stubborn.Load() {
			ranges.Add(1)
			whole.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		whole.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, r.URL.Path, nil))
		w.Header().Set("Content-Length", "2048")
		w.Write(answer.Body.Bytes()[:1000]) // less than was said: the server cuts the connection
	}))
	from, n := newStore(t), parse(t, at+"/x:1")
	pushed := imported(t, from, n, v1.Platform{})
	if _, err := Push(t.Context(), from, n, silent); err != nil {
		t.Fatal(err)
	}
	within = "/blobs/" + pushed.Manifest.Layers[0].Digest.String()
	pulled, err := Pull(t.Context(), newStore(t), n, PullOptions{})
	if err != nil || pulled.ID != pushed.ID || ranges.Load() != 1 {
		t.Errorf("got %+v, %v after asking %d times for the rest", pulled, err, ranges.Load())
	}
	stubborn.Store(true)
	_, err = Pull(t.Context(), newStore(t), n, PullOptions{})
	failsWith(t, "a registry that has no rest", err, "the registry broke off after 1000 of 2048 bytes: unexpected EOF")
}

// large pushes an image of one layer, which has so many bytes and a few more.
func large(t *testing.T, at string, size int) (image.Name, *image.Image) {
	t.Helper()
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	if err := w.WriteHeader(&tar.Header{Name: "a", Mode: 0o644, Size: int64(size)}); err != nil {
		t.Fatal(err)
	}
	w.Write(bytes.Repeat([]byte{1}, size))
	w.Close()
	from, n := newStore(t), parse(t, at+"/x:1")
	made, err := archive.Import(t.Context(), from, &packed, archive.ImportOptions{Names: []image.Name{n}, Created: time.Unix(1, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Push(t.Context(), from, n, silent); err != nil {
		t.Fatal(err)
	}
	return n, made.Image
}

// gated is a registry that sends the first bytes of its layers and then nothing more,
// until it is opened. It notes which part of a layer it is asked for.
type gated struct {
	http.Handler
	first int64 // bytes that pass while it is closed

	mutex  sync.Mutex
	layer  string // path
	open   bool
	ranges []string
}

func (g *gated) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mutex.Lock()
	isLayer, open := g.layer != "" && strings.HasSuffix(r.URL.Path, g.layer) && r.Method == http.MethodGet, g.open
	if isLayer {
		g.ranges = append(g.ranges, r.Header.Get("Range"))
	}
	g.mutex.Unlock()
	if !isLayer || open {
		g.Handler.ServeHTTP(w, r)
		return
	}
	answer := httptest.NewRecorder()
	g.Handler.ServeHTTP(answer, r)
	w.Header().Set("Content-Length", answer.Header().Get("Content-Length"))
	w.Write(answer.Body.Bytes()[:g.first])
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}

func (g *gated) set(layer string, open bool) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.layer, g.open, g.ranges = "/blobs/"+layer, open, nil
}

func (g *gated) asked() string {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return strings.Join(g.ranges, " ")
}

// broken pulls until some bytes of the layer have come, and then gives up.
func broken(t *testing.T, store *image.Store, n image.Name, after int64) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := Pull(ctx, store, n, PullOptions{Notify: func(p Progress) {
		if p.At >= after {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if images, err := store.List(); err != nil || len(images) != 0 {
		t.Fatalf("images %v, %v", images, err)
	}
}

// What broke off in one process is gone on with by the next, and by nobody believed.
func TestAPullGoesOnWhereAnotherBrokeOff(t *testing.T) {
	g := &gated{Handler: open(t, t.TempDir()), first: 1000}
	n, pushed := large(t, serve(t, g), 100_000)
	packed := pushed.Manifest.Layers[0]
	dir := t.TempDir()
	store := func() *image.Store { // as another process opens it
		s, err := image.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	kept := filepath.Join(dir, "partial", packed.Digest.Hex)
	rest := fmt.Sprintf("bytes=1000-%d", packed.Size-1)
	for what, test := range map[string]struct {
		spoil func() error
		want  string // the ranges that are asked for
	}{
		"as it was":        {func() error { return nil }, rest},
		"damaged":          {func() error { return os.WriteFile(kept, bytes.Repeat([]byte{7}, 1000), 0o600) }, rest + " "},
		"longer than all":  {func() error { return os.Truncate(kept, 1<<20) }, ""},
		"whole, and wrong": {func() error { return os.Truncate(kept, packed.Size) }, ""},
		"gone":             {func() error { return os.Remove(kept) }, ""},
	} {
		g.set(packed.Digest.String(), false)
		broken(t, store(), n, 1000)
		if info, err := os.Stat(kept); err != nil || info.Size() != 1000 {
			t.Fatalf("%s: of the layer is kept: %v, %v", what, info, err)
		}
		if err := test.spoil(); err != nil {
			t.Fatal(err)
		}
		g.set(packed.Digest.String(), true)
		pulled, err := Pull(t.Context(), store(), n, PullOptions{})
		if err != nil || pulled.ID != pushed.ID {
			t.Errorf("%s: got %v, %v", what, pulled.Image, err)
		}
		if got := g.asked(); got != test.want {
			t.Errorf("%s: asked for %q, want %q", what, got, test.want)
		}
		if left, err := os.ReadDir(filepath.Dir(kept)); err != nil || len(left) != 0 {
			t.Errorf("%s: left over: %v, %v", what, left, err)
		}
		if found, err := store().Verify(t.Context(), false); err != nil || len(found) != 0 {
			t.Errorf("%s: %v, %v", what, found, err)
		}
		if _, err := store().Remove(t.Context(), n.String(), image.RemoveOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

// What nobody goes on with is removed with the next image that is, also where the clock
// has been put back since.
func TestWhatBrokeOffDoesNotStayForEver(t *testing.T) {
	for _, ahead := range []time.Duration{0, 365 * 24 * time.Hour} {
		h := brokenOff(t, ahead)
		if _, err := h.store.Prune(t.Context(), func(*image.Image) bool { return false }, image.RemoveOptions{}); err != nil {
			t.Fatal(err)
		}
		if left, err := os.ReadDir(filepath.Join(h.dir, "partial")); err != nil || len(left) != 0 {
			t.Errorf("left over, %v ahead: %v, %v", ahead, left, err)
		}
	}
}

// halfway is a pull that broke off.
type halfway struct {
	dir      string // of the store
	store    *image.Store
	registry *gated
	name     image.Name
	pushed   *image.Image
}

// brokenOff has a pull break off, and what there is of it say that it did so long ahead
// of now.
func brokenOff(t *testing.T, ahead time.Duration) halfway {
	t.Helper()
	h := halfway{dir: t.TempDir(), registry: &gated{Handler: open(t, t.TempDir()), first: 1000}}
	h.name, h.pushed = large(t, serve(t, h.registry), 100_000)
	h.registry.set(h.pushed.Manifest.Layers[0].Digest.String(), false)
	var err error
	if h.store, err = image.Open(h.dir); err != nil {
		t.Fatal(err)
	}
	broken(t, h.store, h.name, 1000)
	names, err := filepath.Glob(filepath.Join(h.dir, "partial", "*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("nothing has broken off: %v", err)
	}
	for _, each := range names {
		if err := os.Chtimes(each, time.Time{}, time.Now().Add(ahead)); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// Whatever the clock said when a layer broke off, the image comes whole.
func TestAPullGoesOnUnderAnotherClock(t *testing.T) {
	for _, ahead := range []time.Duration{-365 * 24 * time.Hour, 365 * 24 * time.Hour} {
		h := brokenOff(t, ahead)
		h.registry.set("", true)
		if pulled, err := Pull(t.Context(), h.store, h.name, PullOptions{}); err != nil || pulled.ID != h.pushed.ID {
			t.Errorf("%v ahead: got %v, %v", ahead, pulled.Image, err)
		}
	}
}

// Two who pull one image at once fetch it once.
func TestTwoPullsAtOnceFetchALayerOnce(t *testing.T) {
	g := &gated{Handler: open(t, t.TempDir())}
	n, pushed := large(t, serve(t, g), 3_000_000)
	g.set(pushed.Manifest.Layers[0].Digest.String(), true)
	dir := t.TempDir()
	var pulling sync.WaitGroup
	for range 8 {
		pulling.Go(func() {
			store, err := image.Open(dir)
			if err == nil {
				_, err = Pull(t.Context(), store, n, PullOptions{})
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	pulling.Wait()
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if len(g.ranges) != 1 {
		t.Errorf("the layer was fetched %d times", len(g.ranges))
	}
}

func TestAnotherPlatformIsTakenWhereItIsAskedFor(t *testing.T) {
	at := serve(t, open(t, t.TempDir()))
	from, n := newStore(t), parse(t, at+"/x:1")
	other := v1.Platform{OS: "linux", Architecture: "s390x"}
	pushed := imported(t, from, n, other)
	if _, err := Push(t.Context(), from, n, silent); err != nil {
		t.Fatal(err)
	}
	pulled, err := Pull(t.Context(), newStore(t), n, PullOptions{Platform: &other})
	if err != nil || pulled.ID != pushed.ID {
		t.Errorf("got %v, %v", pulled.Image, err)
	}
	_, err = Pull(t.Context(), newStore(t), n, PullOptions{Platform: &v1.Platform{OS: "linux", Architecture: "riscv64"}})
	failsWith(t, "a third platform", err, "no matching manifest for linux/riscv64: image "+n.Familiar()+" is for linux/s390x")
}
