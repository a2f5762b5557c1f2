// Package archive brings images into a store from a tar archive, and out of it
// into one.
//
// Three kinds of archive come in. A docker archive (`docker save`) has a
// manifest.json that says which of its files are which image's config and layers.
// An OCI layout (image-spec image-layout.md) has an index.json that leads to them
// by digest; what Docker saves since version 25 is both. A root file system is one
// layer, and becomes an image of its own (Import). Each may be compressed as a
// whole, and its layers one by one.
//
// Out goes what is both, a docker archive and an OCI layout, so that docker,
// podman and skopeo of any age take it, and the image keeps its ID everywhere.
//
// No name in an archive ever becomes a path: files are kept by the digest of their
// content, and the archive's names are looked up in a table.
package archive

import (
	"errors"

	"drydock/mini-docker/image"
)

// Errors that Load wraps.
var (
	// ErrNoImage: the archive holds no image.
	ErrNoImage = errors.New("no image in the archive: it has neither a manifest.json, as from docker save, nor an index.json, as an OCI layout (a root file system comes in with import)")
	// ErrDigest: a file is not what its name says.
	ErrDigest = image.ErrDigest
)

// Names of files in an archive.
const (
	dockerManifest = "manifest.json"
	ociIndex       = "index.json"
	ociLayout      = "oci-layout"
	ociBlobs       = "blobs/sha256/"
)
