package registry

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// blob answers what is asked of one blob (distribution-spec, Pulling blobs, Deleting
// Blobs).
func (r repository) blob(w http.ResponseWriter, request *http.Request, text string) error {
	digest, err := parseDigest(text)
	if err != nil {
		return err
	}
	switch request.Method {
	case http.MethodGet, http.MethodHead:
		file, err := os.Open(digest.path(r.path("blobs")))
		if isMissing(err) {
			return errBlobUnknown
		}
		if err != nil {
			return err
		}
		defer file.Close()
		serve(w, request, file, digest, "application/octet-stream")
		return nil
	case http.MethodDelete:
		if err := r.deleteBlob(digest); err != nil {
			return err
		}
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
	return errMethod
}

// serve gives content, whole or the range that is asked for (RFC 9110, 14). What has a
// digest never changes: who has it already need not get it again.
func serve(w http.ResponseWriter, request *http.Request, content io.ReadSeeker, digest digest, mediaType string) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set(digestHeader, digest.String())
	w.Header().Set("Etag", `"`+digest.String()+`"`)
	http.ServeContent(w, request, "", time.Time{}, content)
}

// hasBlob says whether the repository has a blob.
func (r repository) hasBlob(digest digest) bool {
	_, err := os.Lstat(digest.path(r.path("blobs")))
	return err == nil
}

// mount gives the repository a blob that lies in the pool.
func (r repository) mount(digest digest) error {
	err := link(digest.path(r.pool()), digest.path(r.path("blobs")))
	if isMissing(err) {
		return errBlobUnknown
	}
	return err
}

// keep gives the repository a blob that has come in as a file, under a digest that it
// was found to have. Of bytes that the pool has already its own stay.
func (r repository) keep(path string, digest digest) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if err := link(path, digest.path(r.pool())); err != nil {
		return err
	}
	if err := r.mount(digest); err != nil {
		return err
	}
	return os.Remove(path)
}

// link gives a file one more name, which it may have already.
func link(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if err := os.Link(from, to); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// deleteBlob takes a blob from the repository, and from the disk if no other has it.
func (r repository) deleteBlob(digest digest) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	err := os.Remove(digest.path(r.path("blobs")))
	if isMissing(err) {
		return errBlobUnknown
	}
	if err != nil {
		return err
	}
	return removeUnlinked(digest.path(r.pool()))
}

// removeUnlinked removes a blob of the pool that no repository has: it has one name.
func removeUnlinked(path string) error {
	var info unix.Stat_t
	if err := unix.Lstat(path, &info); err != nil || info.Nlink > 1 {
		return err
	}
	return os.Remove(path)
}

// sweep removes from the pool what no repository has: the registry was killed between
// one name and the other.
func (r *Registry) sweep() error {
	paths, err := filepath.Glob(filepath.Join(r.pool(), "*", "*"))
	for _, path := range paths {
		err = errors.Join(err, removeUnlinked(path))
	}
	return err
}
