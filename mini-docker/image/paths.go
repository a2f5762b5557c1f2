package image

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"drydock/mini-docker/layer"
)

func (s *Store) indexPath() string   { return filepath.Join(s.dir, "oci", "index.json") }
func (s *Store) blobsDir() string    { return filepath.Join(s.dir, "oci", "blobs", "sha256") }
func (s *Store) layersDir() string   { return filepath.Join(s.dir, "layers") }
func (s *Store) incomingDir() string { return filepath.Join(s.dir, "incoming") }
func (s *Store) partialDir() string  { return filepath.Join(s.dir, "partial") }

// Shared names the folders of the store in dir that another store needs to stand on
// it (see Open), as far as they are there. What else lies in dir is nobody else's
// business: containers, for example.
func Shared(dir string) (names []string) {
	for _, name := range []string{"oci", "layers"} {
		if info, err := os.Lstat(filepath.Join(dir, name)); err == nil && info.IsDir() {
			names = append(names, name)
		}
	}
	return names
}

func (s *Store) blobPath(digest v1.Hash) string {
	return filepath.Join(s.blobsDir(), digest.Hex)
}

func (s *Store) partialPath(digest v1.Hash) string {
	return filepath.Join(s.partialDir(), digest.Hex)
}

func (s *Store) layerPath(id layer.DiffID) string {
	return filepath.Join(s.layersDir(), hexOf(id))
}

func hexOf(id layer.DiffID) string { return strings.TrimPrefix(string(id), "sha256:") }

// findBlob returns the path of a blob, here or in a store below.
func (s *Store) findBlob(digest v1.Hash) (string, error) {
	if !isDigest(digest) {
		return "", fmt.Errorf("digest %q: %w", digest, fs.ErrNotExist)
	}
	_, err := os.Lstat(s.blobPath(digest))
	if err == nil {
		return s.blobPath(digest), nil
	}
	if s.below != nil {
		if path, err := s.below.findBlob(digest); err == nil {
			return path, nil
		}
	}
	return "", err
}

// isWhole says whether all parts of an image are there.
func (s *Store) isWhole(image *Image) bool {
	blobs := []v1.Hash{image.Digest, image.ID}
	for i, packed := range image.Manifest.Layers {
		blobs = append(blobs, packed.Digest)
		if _, err := s.findLayer(layer.DiffID(image.Config.RootFS.DiffIDs[i].String())); err != nil {
			return false
		}
	}
	for _, digest := range blobs {
		if _, err := s.findBlob(digest); err != nil {
			return false
		}
	}
	return true
}

// findLayer returns the directory of a layer, here or in a store below. A layer
// is whole if its directory is there.
func (s *Store) findLayer(id layer.DiffID) (string, error) {
	_, err := os.Lstat(s.layerPath(id))
	if err == nil {
		return s.layerPath(id), nil
	}
	if s.below != nil {
		if dir, err := s.below.findLayer(id); err == nil {
			return dir, nil
		}
	}
	return "", err
}
