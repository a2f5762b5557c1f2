package archive

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"drydock/mini-docker/image"
)

// Save writes images to an archive that is a docker archive and an OCI layout at
// once. Each is named as a person may name it; one that is called by a name is
// saved with that name, one called by its ID with none (as Docker does). The same
// images make the same bytes.
func Save(ctx context.Context, store *image.Store, w io.Writer, names ...string) error {
	s := &saver{ctx: ctx, store: store, archive: tar.NewWriter(w), blobs: map[v1.Hash]int64{}}
	for _, name := range names {
		if err := s.add(name); err != nil {
			return err
		}
	}
	if err := s.write(); err != nil {
		return fmt.Errorf("writing archive: %w", err)
	}
	return s.archive.Close()
}

// saver is one Save under way.
type saver struct {
	ctx     context.Context
	store   *image.Store
	archive *tar.Writer
	blobs   map[v1.Hash]int64 // to write, with their sizes
	index   []v1.Descriptor
	docker  []dockerEntry
}

// dockerEntry is an image in manifest.json.
type dockerEntry struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// add notes an image and what it consists of.
func (s *saver) add(asked string) error {
	found, err := s.store.Get(asked)
	if err != nil {
		return err
	}
	manifest, err := s.store.Document(found.Digest)
	if err != nil {
		return fmt.Errorf("image %s: %w", asked, err)
	}
	mediaType := found.Manifest.MediaType
	if mediaType == "" {
		mediaType = types.OCIManifestSchema1
	}
	descriptor := v1.Descriptor{MediaType: mediaType, Digest: found.Digest, Size: int64(len(manifest))}
	entry := dockerEntry{Config: ociBlobs + found.ID.Hex, RepoTags: []string{}}
	if name, ok := calledBy(found, asked); ok {
		entry.RepoTags = append(entry.RepoTags, name.Familiar())
		descriptor.Annotations = map[string]string{containerdName: name.String(), refName: name.Tag}
	}
	s.blobs[found.Digest] = descriptor.Size
	s.blobs[found.ID] = found.Manifest.Config.Size
	for _, packed := range found.Manifest.Layers {
		s.blobs[packed.Digest] = packed.Size
		entry.Layers = append(entry.Layers, ociBlobs+packed.Digest.Hex)
	}
	s.index = append(s.index, descriptor)
	at := slices.IndexFunc(s.docker, func(other dockerEntry) bool { return other.Config == entry.Config })
	if at < 0 {
		s.docker = append(s.docker, entry)
	} else {
		s.docker[at].RepoTags = append(s.docker[at].RepoTags, entry.RepoTags...)
	}
	return nil
}

// calledBy is the name of the image that it was asked for by.
func calledBy(found *image.Image, asked string) (image.Name, bool) {
	name, err := image.ParseName(asked)
	if err != nil || name.Tag == "" || !slices.Contains(found.Names, name.Familiar()) {
		return image.Name{}, false
	}
	return name, true
}

func (s *saver) write() error {
	for _, dir := range []string{"blobs/", "blobs/sha256/"} {
		if err := s.archive.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: 0o755}); err != nil {
			return err
		}
	}
	digests := slices.SortedFunc(maps.Keys(s.blobs), func(a, b v1.Hash) int { return bytes.Compare([]byte(a.Hex), []byte(b.Hex)) })
	for _, digest := range digests {
		if err := s.blob(digest, s.blobs[digest]); err != nil {
			return err
		}
	}
	index := &v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: s.index}
	if err := s.document(ociIndex, index); err != nil {
		return err
	}
	if err := s.document(dockerManifest, s.docker); err != nil {
		return err
	}
	return s.document(ociLayout, map[string]string{"imageLayoutVersion": "1.0.0"})
}

// blob copies a blob out of the store and makes sure, on the way, that it is
// still what it was.
func (s *saver) blob(digest v1.Hash, size int64) error {
	file, err := s.store.OpenBlob(digest)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := s.archive.WriteHeader(&tar.Header{Name: ociBlobs + digest.Hex, Mode: 0o644, Size: size}); err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.CopyBuffer(struct{ io.Writer }{io.MultiWriter(s.archive, sum)}, struct{ io.Reader }{file}, make([]byte, 256<<10)); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != digest.Hex {
		return fmt.Errorf("%s is damaged in the store: its content has sha256:%s", digest, got)
	}
	return s.ctx.Err()
}

func (s *saver) document(name string, document any) error {
	text, err := json.Marshal(document)
	if err != nil {
		return err
	}
	if err := s.archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
		return err
	}
	_, err = s.archive.Write(text)
	return err
}
