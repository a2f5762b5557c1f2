// Package registry serves images to others over HTTP, from a directory (OCI
// distribution-spec). go-containerregistry's registry does the serving; it keeps
// blobs in files, and what it would forget with its process, the manifests and
// their names, is kept here beside them:
//
//	DIR/blobs/sha256/DIGEST
//	DIR/manifests/NAME       the request that brought a manifest, which is made
//	                         again when the registry starts
//
// Unless it is given Users, who reaches the port may read and write. That is why
// it listens on loopback unless it is told otherwise.
package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Registry is an http.Handler.
type Registry struct {
	// Users are who may use it; nil for everybody.
	Users *Users

	inner     http.Handler
	manifests string // directory
}

// maxManifest is what registries accept (distribution-spec, Pushing Manifests).
const maxManifest = 4 << 20

// Open returns the registry in a directory, which is made if it is not there.
func Open(dir string) (*Registry, error) {
	r := &Registry{manifests: filepath.Join(dir, "manifests")}
	for _, each := range []string{filepath.Join(dir, "blobs"), r.manifests} {
		if err := os.MkdirAll(each, 0o755); err != nil {
			return nil, fmt.Errorf("registry: %w", err)
		}
	}
	r.inner = registry.New(
		registry.WithBlobHandler(registry.NewDiskBlobHandler(filepath.Join(dir, "blobs"))),
		registry.Logger(log.New(io.Discard, "", 0)))
	if err := r.recall(); err != nil {
		return nil, fmt.Errorf("registry in %s: %w", dir, err)
	}
	return r, nil
}

// kept is a request that brought a manifest.
type kept struct {
	Path        string
	ContentType string
	Body        []byte
}

// ServeHTTP passes requests on, and remembers those that bring or remove a
// manifest once they have succeeded.
func (r *Registry) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if r.Users != nil && !r.Users.admit(w, request) {
		return
	}
	isManifest := strings.Contains(request.URL.Path, "/manifests/")
	if !isManifest || request.Method != http.MethodPut && request.Method != http.MethodDelete {
		r.inner.ServeHTTP(w, request)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxManifest))
	if err != nil {
		http.Error(w, "manifest is too large, or was cut", http.StatusRequestEntityTooLarge)
		return
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	answer := newAnswer()
	r.inner.ServeHTTP(answer, request)
	if answer.code < 300 {
		err = r.remember(request, body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInsufficientStorage)
		return
	}
	maps.Copy(w.Header(), answer.header)
	w.WriteHeader(answer.code)
	w.Write(answer.body.Bytes())
}

// answer is a response that is held back until the request is written down.
type answer struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func newAnswer() *answer { return &answer{header: http.Header{}, code: http.StatusOK} }

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(code int)        { a.code = code }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

// remember writes a manifest down, or forgets it.
func (r *Registry) remember(request *http.Request, body []byte) error {
	path := filepath.Join(r.manifests, url.QueryEscape(request.URL.Path))
	if request.Method == http.MethodDelete {
		if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	text, err := json.Marshal(kept{request.URL.Path, request.Header.Get("Content-Type"), body})
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(r.manifests, ".partial-*")
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// recall brings all manifests again: those of images first, since an index is
// only taken when what it lists is there.
func (r *Registry) recall() error {
	entries, err := os.ReadDir(r.manifests)
	if err != nil {
		return err
	}
	var all []kept
	for _, entry := range entries {
		path := filepath.Join(r.manifests, entry.Name())
		if strings.HasPrefix(entry.Name(), ".partial-") {
			os.Remove(path) // of a process that was killed
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var one kept
		if err := json.Unmarshal(text, &one); err != nil {
			return fmt.Errorf("%s is damaged (%w): remove it, and push the image again", path, err)
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b kept) int { return rank(a) - rank(b) })
	for _, each := range all {
		request, err := http.NewRequest(http.MethodPut, (&url.URL{Path: each.Path}).String(), bytes.NewReader(each.Body))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", each.ContentType)
		answer := newAnswer()
		if r.inner.ServeHTTP(answer, request); answer.code >= 300 {
			return fmt.Errorf("%s: %s", each.Path, strings.TrimSpace(answer.body.String()))
		}
	}
	return nil
}

func rank(k kept) int {
	if types.MediaType(k.ContentType).IsIndex() {
		return 1
	}
	return 0
}

// Serve answers on a listener until the context ends, encrypted if there are files
// of a certificate and its key.
func (r *Registry) Serve(ctx context.Context, on net.Listener, certificate, key string) error {
	server := &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	serve := server.Serve
	if certificate != "" {
		serve = func(on net.Listener) error { return server.ServeTLS(on, certificate, key) }
	}
	if err := serve(on); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
