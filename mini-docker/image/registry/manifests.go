package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// maxManifest is what registries accept (distribution-spec, Pushing Manifests).
const maxManifest = 4 << 20

// document is what a manifest and an index have in common, as far as a registry has to
// understand them (OCI image-spec manifest.md, image-index.md). Digests are texts here:
// the library knows sha256 alone.
type document struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     types.MediaType   `json:"mediaType"`
	ArtifactType  string            `json:"artifactType"`
	Config        *part             `json:"config"`
	Layers        []part            `json:"layers"`
	Manifests     []part            `json:"manifests"`
	Subject       *part             `json:"subject"`
	Annotations   map[string]string `json:"annotations"`
}

type part struct {
	MediaType types.MediaType `json:"mediaType"`
	Digest    string          `json:"digest"`
}

// manifest answers what is asked of one manifest, by its digest or a tag.
func (r repository) manifest(w http.ResponseWriter, request *http.Request, reference string) error {
	switch request.Method {
	case http.MethodGet, http.MethodHead:
		digest, err := r.resolve(reference)
		if err != nil {
			return err
		}
		text, err := r.read(digest)
		if err != nil {
			return err
		}
		read, err := parseManifest(text)
		if err != nil {
			return err
		}
		serve(w, request, bytes.NewReader(text), digest, string(read.MediaType))
		return nil
	case http.MethodPut:
		return r.putManifest(w, request, reference)
	case http.MethodDelete:
		if err := r.deleteManifest(reference); err != nil {
			return err
		}
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
	return errMethod
}

var errManifestUnknown = &refusal{http.StatusNotFound, "MANIFEST_UNKNOWN", "this repository has no such manifest"}

// resolve finds the digest that a tag leads to; a digest leads to itself.
func (r repository) resolve(reference string) (digest, error) {
	if strings.Contains(reference, ":") {
		return parseDigest(reference)
	}
	if !tagForm().MatchString(reference) {
		return digest{}, errManifestUnknown
	}
	text, err := os.ReadFile(r.path("tags", reference))
	if isMissing(err) {
		return digest{}, errManifestUnknown
	}
	if err != nil {
		return digest{}, err
	}
	return parseDigest(string(text))
}

func (r repository) read(digest digest) ([]byte, error) {
	text, err := os.ReadFile(digest.path(r.path("manifests")))
	if isMissing(err) {
		err = errManifestUnknown
	}
	return text, err
}

// parseManifest reads a manifest, which says itself what it is. To leave that out is
// allowed, and then its fields tell.
func parseManifest(text []byte) (*document, error) {
	read := &document{}
	if err := json.Unmarshal(text, read); err != nil {
		return nil, invalid("it is not a manifest: " + err.Error())
	}
	if read.SchemaVersion != 2 {
		return nil, invalid("its schemaVersion is not 2")
	}
	if read.MediaType != "" && !strings.HasPrefix(string(read.MediaType), "application/") {
		return nil, invalid("its mediaType is none of a manifest: it will be served as that") // text/html, to a browser
	}
	if read.MediaType == "" {
		read.MediaType = types.OCIManifestSchema1
		if read.Config == nil {
			read.MediaType = types.OCIImageIndex
		}
	}
	return read, nil
}

func invalid(why string) *refusal {
	return &refusal{http.StatusBadRequest, "MANIFEST_INVALID", why}
}

// putManifest takes a manifest in whose parts are here (distribution-spec, Pushing
// Manifests).
func (r repository) putManifest(w http.ResponseWriter, request *http.Request, reference string) error {
	text, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxManifest))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return &refusal{http.StatusRequestEntityTooLarge, "SIZE_INVALID", "a manifest has 4 MiB at most"}
	}
	if err != nil {
		return err
	}
	read, err := parseManifest(text)
	if err != nil {
		return err
	}
	if said := request.Header.Get("Content-Type"); said != "" && said != string(read.MediaType) {
		return invalid("it is sent as " + said + ", and is " + string(read.MediaType))
	}
	digest, tags, err := named(reference, request.URL.Query()["tag"], text)
	if err != nil {
		return err
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if err := r.checkParts(read); err != nil {
		return err
	}
	if err := r.keepManifest(digest, text, tags); err != nil {
		return err
	}
	for _, tag := range tags {
		w.Header().Add("OCI-Tag", tag)
	}
	if read.Subject != nil { // it will be listed there: distribution-spec, Pushing Manifests with Subject
		w.Header().Set("OCI-Subject", read.Subject.Digest)
	}
	created(w, "/v2/"+r.name+"/manifests/"+digest.String(), digest)
	return nil
}

// named says by which digest a manifest is to be kept, and under which tags.
func named(reference string, more []string, text []byte) (at digest, tags []string, err error) {
	if !strings.Contains(reference, ":") {
		more, reference = append(more, reference), digestOf(text)
	}
	for _, tag := range more {
		if !tagForm().MatchString(tag) {
			return at, nil, &refusal{http.StatusBadRequest, "TAG_INVALID", "a tag has 128 letters, digits and . _ - at most"}
		}
	}
	at, err = parseDigest(reference)
	if err != nil {
		return at, nil, err
	}
	sum := algorithms[at.algorithm]()
	sum.Write(text)
	if !at.is(sum) {
		return at, nil, &refusal{http.StatusBadRequest, "DIGEST_INVALID", "the manifest does not have the digest " + reference}
	}
	return at, more, nil
}

// checkParts refuses what could not be pulled again. The subject may come later, and
// layers that only their vendor hands out never do.
func (r repository) checkParts(read *document) error {
	blobs := read.Layers
	if read.Config != nil {
		blobs = append(blobs, *read.Config)
	}
	for _, each := range blobs {
		digest, err := parseDigest(each.Digest)
		if err != nil {
			return err
		}
		if each.MediaType.IsDistributable() && !r.hasBlob(digest) {
			return &refusal{http.StatusBadRequest, "MANIFEST_BLOB_UNKNOWN", "its part is not here: " + each.Digest}
		}
	}
	for _, each := range read.Manifests {
		digest, err := parseDigest(each.Digest)
		if err != nil {
			return err
		}
		if _, err := os.Lstat(digest.path(r.path("manifests"))); err != nil && !r.hasBlob(digest) {
			return &refusal{http.StatusBadRequest, "MANIFEST_BLOB_UNKNOWN", "a manifest that it lists is not here: " + each.Digest}
		}
	}
	return nil
}

// keepManifest writes a manifest, and then the tags that lead to it.
func (r repository) keepManifest(digest digest, text []byte, tags []string) error {
	if err := writeFile(digest.path(r.path("manifests")), text); err != nil {
		return err
	}
	for _, tag := range tags {
		if err := writeFile(r.path("tags", tag), []byte(digest.String())); err != nil {
			return err
		}
	}
	return nil
}

// deleteManifest takes a tag away, or a manifest with all tags that lead to it
// (distribution-spec, Content Management).
func (r repository) deleteManifest(reference string) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	digest, err := r.resolve(reference)
	if err != nil {
		return err
	}
	if !strings.Contains(reference, ":") {
		return os.Remove(r.path("tags", reference))
	}
	if _, err := r.read(digest); err != nil {
		return err
	}
	tags, err := r.tags()
	if err != nil {
		return err
	}
	for _, tag := range tags {
		if leads, err := r.resolve(tag); err == nil && leads == digest {
			if err := os.Remove(r.path("tags", tag)); err != nil {
				return err
			}
		}
	}
	return os.Remove(digest.path(r.path("manifests")))
}

// writeFile writes a file whole or not at all, and onto the disk.
func writeFile(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".partial-*")
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Chmod(0o644), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

func digestOf(text []byte) string {
	hash, _, _ := v1.SHA256(bytes.NewReader(text)) // of memory, which has no errors
	return hash.String()
}
