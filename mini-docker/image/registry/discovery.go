package registry

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/types"
)

// tagList lists the tags of a repository (distribution-spec, Content Discovery,
// Listing Tags).
func (r repository) tagList(w http.ResponseWriter, request *http.Request) error {
	if request.Method != http.MethodGet {
		return errMethod
	}
	if _, err := os.Lstat(r.path("manifests")); err != nil {
		return &refusal{http.StatusNotFound, "NAME_UNKNOWN", "there is no such repository"}
	}
	tags, err := r.tags()
	if err != nil {
		return err
	}
	if tags, err = page(w, request, tags); err != nil {
		return err
	}
	return answerJSON(w, "application/json", map[string]any{"name": r.name, "tags": tags})
}

// tags are the tags in the order of their letters.
func (r repository) tags() ([]string, error) { return names(r.path("tags")) }

// names are those of the files in a folder, in order. One that is not there is empty,
// and what is half written does not count.
func names(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !isMissing(err) {
		return nil, err
	}
	found := []string{}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), ".") {
			found = append(found, entry.Name())
		}
	}
	return found, nil
}

// page cuts out of a list what was asked for: n of them, after the last one that the
// client has. Where there are more, the answer says how to ask for them (RFC 8288).
func page(w http.ResponseWriter, request *http.Request, all []string) ([]string, error) {
	query := request.URL.Query()
	if last := query.Get("last"); last != "" {
		at, here := slices.BinarySearch(all, last)
		if here {
			at++
		}
		all = all[at:]
	}
	if !query.Has("n") {
		return all, nil
	}
	n, err := strconv.Atoi(query.Get("n"))
	if err != nil || n < 0 {
		return nil, &refusal{http.StatusBadRequest, "PAGINATION_NUMBER_INVALID", "n is not a number"}
	}
	if n >= len(all) {
		return all, nil
	}
	if n > 0 {
		next := url.Values{"n": {query.Get("n")}, "last": {all[n-1]}}
		w.Header().Set("Link", fmt.Sprintf("<%s?%s>; rel=\"next\"", request.URL.Path, next.Encode()))
	}
	return all[:n], nil
}

// catalog lists the repositories. It is Docker's, and stands in no specification.
func (r *Registry) catalog(w http.ResponseWriter, request *http.Request) error {
	if request.Method != http.MethodGet {
		return errMethod
	}
	folders, err := filepath.Glob(filepath.Join(r.repositories(), "*", "manifests"))
	if err != nil {
		return err
	}
	found := []string{}
	for _, folder := range folders {
		found = append(found, strings.ReplaceAll(filepath.Base(filepath.Dir(folder)), "@", "/"))
	}
	slices.Sort(found)
	if found, err = page(w, request, found); err != nil {
		return err
	}
	return answerJSON(w, "application/json", map[string]any{"repositories": found})
}

// referrer is one entry of the list of what belongs to an image (OCI image-spec
// descriptor.md).
type referrer struct {
	MediaType    types.MediaType   `json:"mediaType"`
	Digest       string            `json:"digest"`
	Size         int               `json:"size"`
	ArtifactType string            `json:"artifactType,omitempty"`
	Annotations  map[string]string `json:"annotations,omitempty"`
}

// referrers lists what says of itself that it belongs to an image: signatures, lists of
// what is in it (distribution-spec, Listing Referrers). It reads every manifest of the
// repository, which has tens of them and not millions.
func (r repository) referrers(w http.ResponseWriter, request *http.Request, text string) error {
	if request.Method != http.MethodGet {
		return errMethod
	}
	subject, err := parseDigest(text)
	if err != nil {
		return err
	}
	wanted := request.URL.Query().Get("artifactType")
	if wanted != "" {
		w.Header().Set("OCI-Filters-Applied", "artifactType")
	}
	found := []referrer{}
	for algorithm := range algorithms {
		digits, err := names(r.path("manifests", algorithm))
		if err != nil {
			return err
		}
		for _, each := range digits {
			one, err := r.referrer(digest{algorithm, each}, subject)
			if err != nil {
				return err
			}
			if one != nil && (wanted == "" || one.ArtifactType == wanted) {
				found = append(found, *one)
			}
		}
	}
	return answerJSON(w, string(types.OCIImageIndex), map[string]any{
		"schemaVersion": 2, "mediaType": types.OCIImageIndex, "manifests": found,
	})
}

// referrer describes a manifest if it belongs to the subject.
func (r repository) referrer(digest, subject digest) (*referrer, error) {
	text, err := r.read(digest)
	if err == errManifestUnknown {
		return nil, nil // deleted meanwhile
	}
	if err != nil {
		return nil, err
	}
	read, err := parseManifest(text)
	if err != nil || read.Subject == nil || read.Subject.Digest != subject.String() {
		return nil, err
	}
	kind := read.ArtifactType
	if kind == "" && read.Config != nil {
		kind = string(read.Config.MediaType)
	}
	return &referrer{read.MediaType, digest.String(), len(text), kind, read.Annotations}, nil
}
