package image

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"drydock/mini-docker/layer"
)

// addToIndex gives an image a name. An image that had the name keeps its place in
// the list, without one: `docker images` shows it as <none>.
func (s *Store) addToIndex(name Name, entry v1.Descriptor) error {
	index, err := s.readIndex()
	if err != nil {
		return err
	}
	dropName(index, name.String())
	// An entry without a name only keeps the image listed.
	index.Manifests = slices.DeleteFunc(index.Manifests, func(other v1.Descriptor) bool {
		return other.Digest == entry.Digest && other.Annotations[nameAnnotation] == ""
	})
	if entry.Annotations == nil {
		entry.Annotations = map[string]string{}
	}
	entry.Annotations[tagAnnotation] = name.Tag
	entry.Annotations[nameAnnotation] = name.String()
	index.Manifests = append(index.Manifests, entry)
	return s.writeIndex(index)
}

// dropName takes a name from whatever image has it. The image stays listed.
func dropName(index *v1.IndexManifest, full string) {
	for i, entry := range index.Manifests {
		if entry.Annotations[nameAnnotation] != full {
			continue
		}
		others := slices.ContainsFunc(slices.Delete(slices.Clone(index.Manifests), i, i+1),
			func(other v1.Descriptor) bool { return other.Digest == entry.Digest })
		if others {
			index.Manifests = slices.Delete(index.Manifests, i, i+1)
			return
		}
		index.Manifests[i].Annotations = maps.Clone(entry.Annotations)
		delete(index.Manifests[i].Annotations, nameAnnotation)
		delete(index.Manifests[i].Annotations, tagAnnotation)
		return
	}
}

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

// Remove takes a name from an image, and removes the image when that was its last.
// Called by ID, it removes the image with its name; with several, force says that
// they all shall go. Whether a container uses the image is for the caller to find
// out. Layers that no other image has are removed from the disk.
func (s *Store) Remove(ctx context.Context, name string, force bool) (Removed, error) {
	var removed Removed
	err := s.locked(ctx, func() error {
		image, err := s.Get(name)
		if err != nil {
			return err
		}
		index, err := s.readIndex()
		if err != nil {
			return err
		}
		going := image.Names
		if parsed, err := ParseName(name); err == nil && slices.Contains(image.Names, parsed.Familiar()) {
			going = []string{parsed.Familiar()}
		} else if len(image.Names) > 1 && !force {
			return &ConflictError{ID: name, Reason: "image is referenced in multiple repositories"}
		}
		removed.Untagged = going
		for _, familiar := range going {
			parsed, err := ParseName(familiar)
			if err != nil {
				return err
			}
			dropName(index, parsed.String())
		}
		if len(going) == len(image.Names) {
			removed.Deleted = []v1.Hash{image.ID}
			index.Manifests = slices.DeleteFunc(index.Manifests, func(entry v1.Descriptor) bool { return entry.Digest == image.Digest })
		}
		// The index first: a crash after it leaves garbage that the next sweep
		// takes, a crash before it leaves the image as it was.
		if err := s.writeIndex(index); err != nil {
			return err
		}
		return s.sweep(index)
	})
	return removed, err
}

// sweep removes all documents and layers that no image of the index leads to, and
// the stamp of the base image if that is gone.
func (s *Store) sweep(index *v1.IndexManifest) error {
	images, err := s.images(index)
	if err != nil {
		return err
	}
	blobs, layers := map[string]bool{}, map[string]bool{}
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
		removeOthers(s.layersDir(), layers))
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
