package remote

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
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
	pulled, err := Pull(t.Context(), newStore(t), n, silent)
	if err != nil || pulled.ID != pushed.ID || ranges.Load() != 1 {
		t.Errorf("got %+v, %v after asking %d times for the rest", pulled, err, ranges.Load())
	}
	stubborn.Store(true)
	_, err = Pull(t.Context(), newStore(t), n, silent)
	failsWith(t, "a registry that has no rest", err, "the registry broke off after 1000 of 2048 bytes: unexpected EOF")
}

func TestACertificateThatNobodySignedNeedsItsAuthority(t *testing.T) {
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	server := httptest.NewTLSServer(open(t, t.TempDir()))
	t.Cleanup(server.Close)
	at := strings.TrimPrefix(server.URL, "https://")
	from, n := newStore(t), parse(t, at+"/x:1")
	imported(t, from, n, v1.Platform{})
	_, err := Push(t.Context(), from, n, silent)
	failsWith(t, "an unknown authority", err, "registry "+at+" is not trusted: x509: certificate signed by unknown authority")

	folder := filepath.Join(config, "docker/certs.d", at)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(text []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, "ca.crt"), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write([]byte("nothing"))
	_, err = Push(t.Context(), from, n, silent)
	failsWith(t, "a damaged authority", err, "ca.crt: it holds no certificate in PEM")
	write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	if _, err := Push(t.Context(), from, n, silent); err != nil {
		t.Error(err)
	}
}
