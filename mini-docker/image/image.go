// Package image keeps container images: what `mini-docker images` lists and what
// `run` starts from.
//
// An image is three kinds of documents, each named by the digest of its bytes: a
// manifest lists a config and layers; the config says how to run the image and
// what its layers hash to when unpacked. A Store holds them as an OCI image
// layout (OCI image-spec image-layout.md), which skopeo, podman and umoci read as
// well, and each layer once more as a directory that overlayfs can stack:
//
//	oci/index.json              the images and their names
//	oci/blobs/sha256/DIGEST     manifests, configs, layers
//	layers/DIFFID/              layers, unpacked by package layer
//	partial/DIGEST              blobs whose fetching broke off
//	base-image                  link whose target tells which base image is there
//	images.lock                 held by whoever writes
//
// Reading takes no lock: documents never change once they have their name, and
// the index is replaced as a whole.
//
// The documents' types are go-containerregistry's. Its packages for layouts and
// registries stay out: this package is on the path of every `run`.
package image

import (
	"errors"
	"fmt"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Image is an image of a Store.
type Image struct {
	// ID is the digest of the config, which Docker calls the image ID. It says
	// what is in the image, whatever its layers are compressed with.
	ID v1.Hash
	// Digest is the manifest's, by which a registry knows the image.
	Digest v1.Hash
	// Names of the image as Docker prints them, "mini/box:latest"; none for one
	// whose name has moved on.
	Names    []string
	Config   *v1.ConfigFile
	Manifest *v1.Manifest
	// Size in bytes of all files, unpacked.
	Size    int64
	Created time.Time
}

// ErrNotFound is what Get's error wraps when no image goes by a name.
var ErrNotFound = errors.New("image not found")

// NotFoundError names the image that is not there, in Docker's words.
type NotFoundError struct{ Name string }

func (e *NotFoundError) Error() string { return "No such image: " + e.Name }
func (e *NotFoundError) Unwrap() error { return ErrNotFound }

// AmbiguousError reports a prefix that the IDs of several images share.
type AmbiguousError struct{ Prefix string }

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("multiple images found with provided prefix: %s", e.Prefix)
}

// ShortID is the ID as tables show it: its first twelve digits.
func (i *Image) ShortID() string { return i.ID.Hex[:12] }

// History returns the steps that made the image, one at least for each layer: an
// image need not tell how all of them came to be.
func (i *Image) History() []v1.History {
	told := 0
	for _, step := range i.Config.History {
		if !step.EmptyLayer {
			told++
		}
	}
	untold := max(len(i.Config.RootFS.DiffIDs)-told, 0)
	return append(make([]v1.History, untold), i.Config.History...)
}
