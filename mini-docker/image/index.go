package image

import (
	"context"
	"fmt"
	"maps"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// addToIndex gives an image a name. An image that had the name keeps its place in
// the list, without one: `docker images` shows it as <none>.
func (s *Store) addToIndex(name Name, entry v1.Descriptor) error {
	index, err := s.readIndex()
	if err != nil {
		return err
	}
	setName(index, name, entry)
	return s.writeIndex(index)
}

func setName(index *v1.IndexManifest, name Name, entry v1.Descriptor) {
	dropName(index, name.String())
	// An entry without a name only keeps the image listed.
	index.Manifests = slices.DeleteFunc(index.Manifests, func(other v1.Descriptor) bool {
		return other.Digest == entry.Digest && other.Annotations[nameAnnotation] == ""
	})
	index.Manifests = append(index.Manifests, described(entry, map[string]string{
		tagAnnotation: name.Tag, nameAnnotation: name.String(),
	}))
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

// list adds an image to the index under its names. An image that is there under
// another manifest, packed in another way, has this one from now on.
func (s *Store) list(index *v1.IndexManifest, new incoming) error {
	for i, entry := range index.Manifests {
		if entry.Digest == new.entry.Digest {
			continue
		}
		var manifest v1.Manifest
		if err := s.readDocument(entry.Digest, &manifest); err != nil {
			return err
		}
		if manifest.Config.Digest == new.image.ID {
			index.Manifests[i] = described(new.entry, entry.Annotations)
		}
	}
	for _, name := range new.names {
		setName(index, name, new.entry)
	}
	if len(new.names) == 0 && !slices.ContainsFunc(index.Manifests, func(other v1.Descriptor) bool {
		return other.Digest == new.entry.Digest
	}) {
		index.Manifests = append(index.Manifests, new.entry)
	}
	return nil
}

// isListed says whether the index has an image under all its names.
func isListed(index *v1.IndexManifest, new incoming) bool {
	has := func(name string) bool {
		return slices.ContainsFunc(index.Manifests, func(entry v1.Descriptor) bool {
			return entry.Digest == new.entry.Digest && (name == "" || entry.Annotations[nameAnnotation] == name)
		})
	}
	for _, name := range new.names {
		if !has(name.String()) {
			return false
		}
	}
	return has("")
}

// described is an entry with the name that other annotations hold.
func described(entry v1.Descriptor, named map[string]string) v1.Descriptor {
	entry.Annotations = maps.Clone(entry.Annotations)
	for _, key := range []string{tagAnnotation, nameAnnotation} {
		if value, ok := named[key]; ok {
			entry.Annotations[key] = value
		}
	}
	return entry
}

// Tag gives an image one more name.
func (s *Store) Tag(ctx context.Context, image *Image, name Name) error {
	if name.Digest != (v1.Hash{}) {
		return fmt.Errorf("refusing to create a tag with a digest reference")
	}
	manifest, err := s.Document(image.Digest)
	if err != nil {
		return fmt.Errorf("image %s: %w", image.ShortID(), err)
	}
	in := s.NewIntake()
	defer in.Close()
	if _, _, err := in.AddImage(ctx, manifest, name); err != nil {
		return err
	}
	_, err = in.Commit(ctx)
	return err
}
