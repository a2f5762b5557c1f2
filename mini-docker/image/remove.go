package image

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"drydock/mini-docker/layer"
)

// Removed tells what Remove did, in the words of `docker rmi`.
type Removed struct {
	Untagged []string  // names, as Docker prints them
	Deleted  []v1.Hash // IDs of images that are gone
}

// ConflictError reports an image that is not removed without force.
type ConflictError struct {
	ID     string // as it was given
	Reason string
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("conflict: unable to delete %s (must be forced) - %s", e.ID, e.Reason)
}

// RemoveOptions steer Remove and Prune.
type RemoveOptions struct {
	Force bool // remove an image with all its names
	// Keep are directories of layers that containers stand on: they stay, even
	// where no image has them any more.
	Keep []string
}

// Remove takes a name from an image, and removes the image when that was its last.
// Called by ID, it removes the image with its name; with several, force says that
// they all shall go. Whether a container uses the image is for the caller to find
// out. Layers that no other image has are removed from the disk.
func (s *Store) Remove(ctx context.Context, name string, o RemoveOptions) (Removed, error) {
	var removed Removed
	err := s.locked(ctx, func() error {
		image, err := s.getOwn(name)
		if err != nil {
			return s.explainMissing(name, err)
		}
		index, err := s.readIndex()
		if err != nil {
			return err
		}
		going := image.Names
		if parsed, err := ParseName(name); err == nil && slices.Contains(image.Names, parsed.Familiar()) {
			going = []string{parsed.Familiar()}
		} else if len(image.Names) > 1 && !o.Force {
			return &ConflictError{ID: name, Reason: "image is referenced in multiple repositories"}
		}
		removed.Untagged = going
		if err := dropNames(index, going); err != nil {
			return err
		}
		if len(going) == len(image.Names) {
			removed.Deleted = []v1.Hash{image.ID}
			index.Manifests = slices.DeleteFunc(index.Manifests, func(entry v1.Descriptor) bool { return entry.Digest == image.Digest })
		}
		return s.replaceIndex(index, o.Keep)
	})
	return removed, err
}

// explainMissing says of an image that is not this store's that it is below.
func (s *Store) explainMissing(name string, err error) error {
	if s.below == nil || !errors.Is(err, ErrNotFound) {
		return err
	}
	if _, below := s.below.Get(name); below != nil {
		return err
	}
	return fmt.Errorf("image %s belongs to the host of this sandbox, and can only be removed there", name)
}

func dropNames(index *v1.IndexManifest, familiar []string) error {
	for _, name := range familiar {
		parsed, err := ParseName(name)
		if err != nil {
			return err
		}
		dropName(index, parsed.String())
	}
	return nil
}

// Prune removes the images for which unused answers yes, with all their names.
func (s *Store) Prune(ctx context.Context, unused func(*Image) bool, o RemoveOptions) (Removed, error) {
	var removed Removed
	err := s.locked(ctx, func() error {
		index, err := s.readIndex()
		if err != nil {
			return err
		}
		images, err := s.images(index)
		if err != nil {
			return err
		}
		for _, image := range images {
			if !unused(image) {
				continue
			}
			removed.Untagged = append(removed.Untagged, image.Names...)
			removed.Deleted = append(removed.Deleted, image.ID)
			index.Manifests = slices.DeleteFunc(index.Manifests, func(entry v1.Descriptor) bool { return entry.Digest == image.Digest })
		}
		return s.replaceIndex(index, o.Keep)
	})
	return removed, err
}

// replaceIndex writes an index that has lost images, and then removes what they
// had. In this order: a crash between the two leaves garbage that the next sweep
// takes.
func (s *Store) replaceIndex(index *v1.IndexManifest, keep []string) error {
	if err := s.writeIndex(index); err != nil {
		return err
	}
	return s.sweep(index, keep)
}

// sweep removes all documents and layers that no image of the index leads to, but
// for the layers to keep, and the stamp of the base image if that is gone.
func (s *Store) sweep(index *v1.IndexManifest, keep []string) error {
	images, err := s.images(index)
	if err != nil {
		return err
	}
	blobs, layers := map[string]bool{}, map[string]bool{}
	for _, dir := range keep {
		layers[filepath.Base(dir)] = true
	}
	base := false
	for _, image := range images {
		blobs[image.Digest.Hex], blobs[image.ID.Hex] = true, true
		for i, id := range image.Config.RootFS.DiffIDs {
			layers[id.Hex], blobs[image.Manifest.Layers[i].Digest.Hex] = true, true
		}
		base = base || slices.Contains(image.Names, BaseName)
	}
	if !base {
		if err := os.Remove(s.stampPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return errors.Join(
		removeOthers(s.blobsDir(), blobs),
		removeOthers(s.layersDir(), layers),
		s.removeStale(0))
}

// removeOthers empties a directory but for the names to keep. A directory is
// renamed before it is removed, since a layer is whole if it has its name.
func removeOthers(dir string, keep map[string]bool) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if keep[entry.Name()] {
			continue
		}
		doomed := filepath.Join(dir, layer.PartialPrefix+entry.Name())
		if err := os.Rename(filepath.Join(dir, entry.Name()), doomed); err != nil {
			return err
		}
		if err := os.RemoveAll(doomed); err != nil {
			return err
		}
	}
	return nil
}
