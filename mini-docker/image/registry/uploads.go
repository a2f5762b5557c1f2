package registry

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// How a blob comes in (distribution-spec, Pushing Blobs):
//
//	client                                     registry
//	POST   uploads/?mount=DIGEST&from=NAME  →  201, if it is here already
//	POST   uploads/?digest=DIGEST   whole   →  201
//	POST   uploads/                         →  202 Location: uploads/ID
//	PATCH  uploads/ID               a part  →  202 Range: 0-LAST
//	GET    uploads/ID                       →  204 Range: 0-LAST
//	PUT    uploads/ID?digest=DIGEST  or the
//	                             last part  →  201
//	DELETE uploads/ID                       →  204
func (r repository) upload(w http.ResponseWriter, request *http.Request, id string) error {
	if request.Method == http.MethodPost && id == "" {
		return r.begin(w, request)
	}
	file, err := r.openUpload(id)
	if err != nil {
		return err
	}
	defer file.Close()
	switch request.Method {
	case http.MethodGet:
		return r.progress(w, file, http.StatusNoContent)
	case http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
		return os.Remove(file.Name())
	case http.MethodPatch:
		if err := r.append(w, request, file); err != nil {
			return err
		}
		return r.progress(w, file, http.StatusAccepted)
	case http.MethodPut:
		if err := r.append(w, request, file); err != nil {
			return err
		}
		return r.finish(w, request, file)
	}
	return errMethod
}

// begin opens an upload, unless the blob is here or comes at once.
func (r repository) begin(w http.ResponseWriter, request *http.Request) error {
	query := request.URL.Query()
	if mounted, err := r.tryMount(w, query.Get("mount")); mounted || err != nil {
		return err
	}
	path := r.path("uploads", rand.Text())
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	if !query.Has("digest") {
		return r.progress(w, file, http.StatusAccepted)
	}
	_, err = io.Copy(file, request.Body)
	if err == nil {
		err = r.finish(w, request, file)
	}
	if err != nil {
		os.Remove(path) // nobody was told where it is
	}
	return err
}

// tryMount takes a blob from another repository. From which is not asked: who may use
// the registry may read all of it.
func (r repository) tryMount(w http.ResponseWriter, text string) (mounted bool, err error) {
	digest, err := parseDigest(text)
	if err != nil {
		return false, nil // what cannot be mounted is sent
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	switch err := r.mount(digest); err {
	case nil:
		created(w, r.blobAt(digest), digest)
		return true, nil
	case errBlobUnknown:
		return false, nil
	default:
		return false, err
	}
}

func (r repository) blobAt(digest digest) string {
	return "/v2/" + r.name + "/blobs/" + digest.String()
}

// idForm is what rand.Text gives.
var idForm = compiled(`^[A-Z2-7]{26}$`)

// openUpload opens what has come so far. Two who write at once would mix it up. Whoever
// had it before may have ended it since it was opened, or been killed when it was in the
// pool already (link(2)), where nothing must be written to it: its names tell.
func (r repository) openUpload(id string) (*os.File, error) {
	unknown := &refusal{http.StatusNotFound, "BLOB_UPLOAD_UNKNOWN", "there is no such upload: it has ended, or never began"}
	if !idForm().MatchString(id) {
		return nil, unknown
	}
	file, err := os.OpenFile(r.path("uploads", id), os.O_RDWR|os.O_APPEND, 0)
	if isMissing(err) {
		return nil, unknown
	}
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		file.Close()
		return nil, &refusal{http.StatusConflict, "BLOB_UPLOAD_INVALID", "another request is writing to this upload"}
	}
	var info unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &info); err != nil || info.Nlink != 1 {
		return nil, errors.Join(cmp.Or[error](err, unknown), file.Close())
	}
	return file, nil
}

// append adds a part, which has to begin where the last one ended.
func (r repository) append(w http.ResponseWriter, request *http.Request, file *os.File) error {
	if part := request.Header.Get("Content-Range"); part != "" {
		first, _, _ := strings.Cut(strings.TrimPrefix(part, "bytes "), "-")
		begins, err := strconv.ParseInt(first, 10, 64)
		info, failed := file.Stat()
		if failed != nil {
			return failed
		}
		if err != nil || begins != info.Size() {
			r.tellProgress(w, file, info.Size())
			return &refusal{http.StatusRequestedRangeNotSatisfiable, "BLOB_UPLOAD_INVALID",
				fmt.Sprintf("the part is of %s, and %d bytes are here", part, info.Size())}
		}
	}
	_, err := io.Copy(file, request.Body)
	if isFull(err) { // what has come would keep it so
		err = errors.Join(err, os.Remove(file.Name()))
	}
	return err
}

// progress answers how much has come.
func (r repository) progress(w http.ResponseWriter, file *os.File, status int) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	r.tellProgress(w, file, info.Size())
	w.WriteHeader(status)
	return nil
}

func (r repository) tellProgress(w http.ResponseWriter, file *os.File, size int64) {
	w.Header().Set("Location", "/v2/"+r.name+"/blobs/uploads/"+filepath.Base(file.Name()))
	w.Header().Set("Range", fmt.Sprintf("0-%d", max(size-1, 0)))
}

// finish takes the blob in, if it is what it is said to be. It is on the disk before
// anybody is told so.
func (r repository) finish(w http.ResponseWriter, request *http.Request, file *os.File) error {
	digest, err := parseDigest(request.URL.Query().Get("digest"))
	if err != nil {
		return err
	}
	sum := algorithms[digest.algorithm]()
	if _, err := io.Copy(sum, io.NewSectionReader(file, 0, 1<<62)); err != nil {
		return err
	}
	if !digest.is(sum) {
		return errors.Join(&refusal{http.StatusBadRequest, "DIGEST_INVALID", "what has come does not have the digest " + digest.String()},
			os.Remove(file.Name()))
	}
	if err := errors.Join(file.Sync(), r.keep(file.Name(), digest)); err != nil {
		return err
	}
	created(w, r.blobAt(digest), digest)
	return nil
}

// removeAbandoned removes uploads to which nothing was added since a time.
func (r *Registry) removeAbandoned(since time.Time) error {
	paths, err := filepath.Glob(filepath.Join(r.repositories(), "*", "uploads", "*"))
	for _, path := range paths {
		info, failed := os.Stat(path)
		if failed == nil && info.ModTime().Before(since) {
			failed = os.Remove(path)
		}
		err = errors.Join(err, failed)
	}
	return err
}
