package image

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"drydock/mini-docker/layer"
)

// Store keeps images in a directory. Any number of processes may use it at once.
type Store struct {
	dir       string
	userXattr bool
	base      func() baseLayer
	below     *Store // whose images are here too, and which is only read; or nil
}

// Open returns the store in a directory, which the first write creates. The
// images of the stores below are there too, without being copied; nothing is ever
// written to those. A sandbox is handed its host's store that way.
func Open(dir string, below ...string) (*Store, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("image store %s: %w", dir, err)
	}
	s := &Store{dir: absolute, userXattr: layer.UserXattr(), base: embeddedBase}
	if len(below) > 0 {
		s.below, err = Open(below[0], below[1:]...)
	}
	return s, err
}

// UserXattr reports whether the layers carry overlayfs's marks in user.overlay.*,
// so that the overlay needs option userxattr.
func (s *Store) UserXattr() bool { return s.userXattr }

// Annotations of an image's entry in the index. Others read the first two: with
// `skopeo copy oci:DIR:latest` the first, podman and containerd the second.
const (
	tagAnnotation  = "org.opencontainers.image.ref.name"
	nameAnnotation = "io.containerd.image.name"
	sizeAnnotation = "dev.drydock.image.size" // Image.Size
)

// Get finds an image by what a person may call it: a name with its tag or digest,
// an ID or the start of one. A name goes before the start of an ID, as in Docker.
// An image of this store goes before those of the stores below.
func (s *Store) Get(name string) (*Image, error) {
	image, err := s.getOwn(name)
	if s.below == nil || !errors.Is(err, ErrNotFound) {
		return image, err
	}
	if image, err := s.below.Get(name); !errors.Is(err, ErrNotFound) {
		return image, err
	}
	return nil, err
}

func (s *Store) getOwn(name string) (*Image, error) {
	index, err := s.readIndex()
	if err != nil {
		return nil, err
	}
	id := strings.TrimPrefix(name, "sha256:")
	if len(id) == hexDigits && isHex(id) {
		return s.byID(index, id, name)
	}
	parsed, err := ParseName(name)
	if err != nil {
		return nil, err
	}
	for _, entry := range index.Manifests {
		if names(entry, parsed) {
			return s.load(index, entry)
		}
	}
	if isHex(id) {
		return s.byID(index, id, parsed.Familiar())
	}
	return nil, &NotFoundError{Name: parsed.Familiar()}
}

// names reports whether an entry of the index goes by a name. With a digest the
// tag does not count: it may have moved on since.
func names(entry v1.Descriptor, n Name) bool {
	full := entry.Annotations[nameAnnotation]
	if n.Digest == (v1.Hash{}) {
		return full == n.String()
	}
	known, err := ParseName(full)
	return err == nil && entry.Digest == n.Digest &&
		known.Registry == n.Registry && known.Repository == n.Repository
}

// byID finds the one image whose ID starts with the given digits.
func (s *Store) byID(index *v1.IndexManifest, digits, name string) (*Image, error) {
	images, err := s.images(index)
	if err != nil {
		return nil, err
	}
	images = slices.DeleteFunc(images, func(i *Image) bool { return !strings.HasPrefix(i.ID.Hex, digits) })
	switch len(images) {
	case 0:
		return nil, &NotFoundError{Name: name}
	case 1:
		return images[0], nil
	}
	return nil, &AmbiguousError{Prefix: digits}
}

// List returns all images, the newest first.
func (s *Store) List() ([]*Image, error) {
	index, err := s.readIndex()
	if err != nil {
		return nil, err
	}
	images, err := s.images(index)
	if err == nil && s.below != nil {
		images, err = s.addBelow(images)
	}
	slices.SortStableFunc(images, func(a, b *Image) int { return b.Created.Compare(a.Created) })
	return images, err
}

// addBelow adds the images of the stores below. Of one that is here too the names
// are added; a name that means another image here means that one.
func (s *Store) addBelow(images []*Image) ([]*Image, error) {
	others, err := s.below.List()
	if err != nil {
		return nil, err
	}
	taken, own := map[string]bool{}, map[v1.Hash]*Image{}
	for _, image := range images {
		own[image.ID] = image
		for _, name := range image.Names {
			taken[name] = true
		}
	}
	for _, other := range others {
		other.Names = slices.DeleteFunc(other.Names, func(name string) bool { return taken[name] })
		if image := own[other.ID]; image != nil {
			image.Names = append(image.Names, other.Names...)
		} else {
			images = append(images, other)
		}
	}
	return images, nil
}

func (s *Store) images(index *v1.IndexManifest) ([]*Image, error) {
	var images []*Image
	seen := map[v1.Hash]bool{}
	for _, entry := range index.Manifests {
		if seen[entry.Digest] {
			continue // one more name of an image
		}
		seen[entry.Digest] = true
		image, err := s.load(index, entry)
		if err != nil {
			return nil, err
		}
		images = append(images, image)
	}
	return images, nil
}

// load reads the documents of an image that the index lists.
func (s *Store) load(index *v1.IndexManifest, entry v1.Descriptor) (*Image, error) {
	image := &Image{Digest: entry.Digest, Manifest: &v1.Manifest{}, Config: &v1.ConfigFile{}}
	if err := s.readDocument(entry.Digest, image.Manifest); err != nil {
		return nil, fmt.Errorf("manifest of image %s: %w", entry.Annotations[nameAnnotation], err)
	}
	image.ID = image.Manifest.Config.Digest
	if err := s.readDocument(image.ID, image.Config); err != nil {
		return nil, fmt.Errorf("config of image %s: %w", entry.Annotations[nameAnnotation], err)
	}
	if got, want := len(image.Manifest.Layers), len(image.Config.RootFS.DiffIDs); got != want {
		return nil, fmt.Errorf("image %s: manifest lists %d layers, config %d", entry.Digest, got, want)
	}
	image.Created = image.Config.Created.Time
	image.Size = unpackedSize(entry, image.Manifest)
	for _, other := range index.Manifests {
		name, err := ParseName(other.Annotations[nameAnnotation])
		if other.Digest == entry.Digest && err == nil {
			image.Names = append(image.Names, name.Familiar())
		}
	}
	return image, nil
}

// unpackedSize is noted in the index when an image comes in. Where it is not, as
// in a layout that another program wrote, what the layers take packed must do.
func unpackedSize(entry v1.Descriptor, manifest *v1.Manifest) int64 {
	if size, err := strconv.ParseInt(entry.Annotations[sizeAnnotation], 10, 64); err == nil {
		return size
	}
	var size int64
	for _, packed := range manifest.Layers {
		size += packed.Size
	}
	return size
}

// Size returns the bytes on disk that all images take together, unpacked; a layer
// that several share counts once for each.
func (s *Store) Size() (int64, error) {
	images, err := s.List()
	var size int64
	for _, image := range images {
		size += image.Size
	}
	return size, err
}

func (s *Store) readIndex() (*v1.IndexManifest, error) {
	index := &v1.IndexManifest{SchemaVersion: 2}
	content, err := os.ReadFile(s.indexPath())
	if errors.Is(err, fs.ErrNotExist) {
		return index, nil // nothing written yet
	}
	if err != nil {
		return nil, fmt.Errorf("reading image index: %w", err)
	}
	if err := json.Unmarshal(content, index); err != nil {
		return nil, fmt.Errorf("image index %s is damaged (%w): remove it, and load again what was loaded", s.indexPath(), err)
	}
	return index, s.checkFormat(index)
}

// readDocument reads a JSON document by its digest, which it must still have.
func (s *Store) readDocument(digest v1.Hash, into any) error {
	content, err := s.Document(digest)
	if err != nil {
		return err
	}
	return json.Unmarshal(content, into)
}

// Document returns the bytes of a manifest or a config.
func (s *Store) Document(digest v1.Hash) ([]byte, error) {
	path, err := s.findBlob(digest)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if got := digestOf(content); got != digest {
		return nil, fmt.Errorf("%s is damaged: its content has the digest %s", path, got)
	}
	return content, nil
}

// OpenBlob opens a blob, whose digest is for the caller to check.
func (s *Store) OpenBlob(digest v1.Hash) (*os.File, error) {
	path, err := s.findBlob(digest)
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}
