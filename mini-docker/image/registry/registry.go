// Package registry serves images to others over HTTP, from a directory: the OCI
// distribution-spec, whose sections the files are named for.
//
//	DIR/blobs/sha256/HEX                    the bytes of a blob, once
//	DIR/repositories/NAME/blobs/sha256/HEX  a repository has it: a hard link
//	DIR/repositories/NAME/manifests/…       the manifests, by digest
//	DIR/repositories/NAME/tags/TAG          the digest that a tag leads to
//	DIR/repositories/NAME/uploads/ID        what has come of a blob so far
//
// A blob that many repositories have lies on the disk once, and the kernel keeps
// count of them (link(2)): the last one to delete it frees it. Everything is on the
// disk and nothing in memory, so a registry that is killed goes on where it was.
//
// Unless it is given Users, who reaches the port may read and write. That is why
// it listens on loopback unless it is told otherwise.
package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Registry is an http.Handler.
type Registry struct {
	// Users are who may use it; nil for everybody.
	Users *Users

	dir string
	// mutex is held where several files change together; bytes are moved outside of it.
	mutex sync.Mutex
}

// abandoned is how long an upload waits for its next chunk once the registry is
// started again.
const abandoned = 24 * time.Hour

// Open returns the registry in a directory, which is made if it is not there.
func Open(dir string) (*Registry, error) {
	r := &Registry{dir: dir}
	if _, err := os.Lstat(filepath.Join(dir, "manifests")); err == nil {
		return nil, fmt.Errorf("registry: %s was written by an older mini-docker: remove it, and push the images again", dir)
	}
	for _, each := range []string{r.pool(), r.repositories()} {
		if err := os.MkdirAll(each, 0o755); err != nil {
			return nil, fmt.Errorf("registry: %w", err)
		}
	}
	if err := errors.Join(r.sweep(), r.removeAbandoned(time.Now().Add(-abandoned))); err != nil {
		return nil, fmt.Errorf("registry in %s: %w", dir, err)
	}
	return r, nil
}

func (r *Registry) pool() string         { return filepath.Join(r.dir, "blobs") }
func (r *Registry) repositories() string { return filepath.Join(r.dir, "repositories") }

// repository is a folder of images that go by one name.
type repository struct {
	*Registry
	name string
}

// path leads into the repository's directory. No name has an @ in it, and a slash
// would make one repository a folder of another's.
func (r repository) path(elements ...string) string {
	dir := filepath.Join(r.repositories(), strings.ReplaceAll(r.name, "/", "@"))
	return filepath.Join(append([]string{dir}, elements...)...)
}

// What names may be (distribution-spec, Pulling manifests). No dot can begin one, so
// that none leads out of its folder.
var (
	nameForm = compiled(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`)
	tagForm  = compiled(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)
)

// endpoint takes a path apart: a name may have slashes in it, and words such as
// "blobs", of which the last one counts.
var endpoint = compiled(`^/v2/(.+)/(blobs/uploads|blobs|manifests|referrers|tags)(?:/([^/]*))?$`)

// compiled compiles an expression when it is first used: this package is in a program
// that seldom is a registry.
func compiled(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// ServeHTTP answers a request, or says in the specification's words why not.
func (r *Registry) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	w.Header().Set("Docker-Distribution-API-Version", "registry/2.0")
	if r.Users != nil && !r.Users.admit(w, request) {
		return
	}
	if err := r.route(w, request); err != nil {
		refuse(w, err)
	}
}

func (r *Registry) route(w http.ResponseWriter, request *http.Request) error {
	switch request.URL.Path {
	case "/v2", "/v2/":
		return nil // yes, this is a registry (distribution-spec, Determining Support)
	case "/v2/_catalog":
		return r.catalog(w, request)
	}
	parts := endpoint().FindStringSubmatch(request.URL.Path)
	if parts == nil {
		return &refusal{http.StatusNotFound, "UNSUPPORTED", "there is no such address"}
	}
	name, rest := parts[1], parts[3]
	if len(name) > 255 || !nameForm().MatchString(name) {
		return &refusal{http.StatusBadRequest, "NAME_INVALID", "a name is of small letters, digits and single . _ - / between them"}
	}
	at := repository{r, name}
	switch parts[2] {
	case "blobs/uploads":
		return at.upload(w, request, rest)
	case "blobs":
		return at.blob(w, request, rest)
	case "manifests":
		return at.manifest(w, request, rest)
	case "referrers":
		return at.referrers(w, request, rest)
	}
	return at.tagList(w, request)
}

// refusal is an error that a client is told: its code is one of the specification's
// (distribution-spec, Error Codes).
type refusal struct {
	status        int
	code, message string
}

func (e *refusal) Error() string { return e.message }

var (
	errMethod      = &refusal{http.StatusMethodNotAllowed, "UNSUPPORTED", "this cannot be done here"}
	errDigest      = &refusal{http.StatusBadRequest, "DIGEST_INVALID", "a digest is sha256: or sha512: and as many hexadecimal digits as it has"}
	errBlobUnknown = &refusal{http.StatusNotFound, "BLOB_UNKNOWN", "this repository has no such blob"}
)

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

// isMissing: the file is not there, and that is all that is wrong.
func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
