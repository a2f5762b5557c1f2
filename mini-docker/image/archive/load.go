package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"drydock/mini-docker/image"
	"drydock/mini-docker/layer"
)

// Loaded is an image that Load has added, and what could not be kept of it.
type Loaded struct {
	*image.Image
	Names []string // that the archive gave it
	Lost  layer.Result
}

// Source is where Load finds an archive: one of the two.
type Source struct {
	Archive   io.Reader // a tar archive, compressed perhaps
	Directory string    // an OCI layout that is not packed

	// Notify is told of each file that has come in, or is nil.
	Notify func(name string, size int64)
}

// Load adds all images of an archive to a store, or none of them. The archive is
// read once, from front to back, so it may come through a pipe.
func Load(ctx context.Context, store *image.Store, from Source) ([]Loaded, error) {
	in := store.NewIntake()
	loaded, err := load(ctx, in, from)
	return loaded, errors.Join(err, in.Close())
}

func load(ctx context.Context, in *image.Intake, from Source) ([]Loaded, error) {
	f := &files{in: in, blobs: map[string]v1.Descriptor{}, links: map[string]string{}, notify: from.Notify}
	var err error
	if from.Directory != "" {
		err = f.takeDirectory(ctx, from.Directory)
	} else {
		err = f.takeTar(ctx, from.Archive)
	}
	if err != nil {
		return nil, err
	}
	wanted, err := f.images()
	if err != nil {
		return nil, err
	}
	var loaded []Loaded
	for _, each := range wanted {
		added, lost, err := in.AddImage(ctx, each.manifest, each.names...)
		if err != nil {
			return nil, err
		}
		loaded = append(loaded, Loaded{Image: added, Names: added.Names, Lost: lost})
	}
	_, err = in.Commit(ctx)
	return loaded, err
}

// found is an image of an archive.
type found struct {
	manifest []byte
	config   v1.Hash
	names    []image.Name
}

// images reads what images the archive says it has. Where it is both kinds, its
// index keeps the manifests as they were, and manifest.json knows the names.
func (f *files) images() ([]found, error) {
	docker, dockerErr := f.dockerImages()
	if dockerErr != nil && !errors.Is(dockerErr, fs.ErrNotExist) {
		return nil, dockerErr
	}
	oci, ociErr := f.ociImages()
	switch {
	case ociErr == nil:
		for i := range oci {
			for _, same := range docker {
				if same.config == oci[i].config {
					oci[i].names = merged(oci[i].names, same.names)
				}
			}
		}
		return oci, nil
	case dockerErr == nil:
		return docker, nil
	case !errors.Is(ociErr, fs.ErrNotExist):
		return nil, ociErr
	case f.has(dockerManifest):
		return nil, dockerErr
	case f.has(ociIndex):
		return nil, ociErr
	}
	return nil, ErrNoImage
}

func (f *files) has(name string) bool {
	_, err := f.find(name)
	return err == nil
}

func merged(names, more []image.Name) []image.Name {
	for _, name := range more {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// dockerImages reads manifest.json (moby, image/spec/spec.md, Combined Image JSON
// + Filesystem Changeset Format).
func (f *files) dockerImages() ([]found, error) {
	var entries []struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	if err := f.readJSON(dockerManifest, &entries); err != nil {
		return nil, err
	}
	var images []found
	for _, entry := range entries {
		config, err := f.find(entry.Config)
		if err != nil {
			return nil, err
		}
		var layers []v1.Descriptor
		for _, name := range entry.Layers {
			packed, err := f.find(name)
			if err != nil {
				return nil, err
			}
			if packed.MediaType, err = f.layerType(packed.Digest); err != nil {
				return nil, err
			}
			layers = append(layers, packed)
		}
		manifest, err := image.Compose(config, layers)
		if err != nil {
			return nil, err
		}
		one := found{manifest: manifest, config: config.Digest}
		for _, tag := range entry.RepoTags {
			name, err := image.ParseName(tag)
			if err != nil {
				return nil, fmt.Errorf("name %q in the archive: %w", tag, err)
			}
			one.names = append(one.names, name)
		}
		images = append(images, one)
	}
	if len(images) == 0 {
		return nil, ErrNoImage
	}
	return images, nil
}

// layerType looks at the first bytes of a layer for how it is packed.
func (f *files) layerType(digest v1.Hash) (types.MediaType, error) {
	file, err := f.in.OpenBlob(digest)
	if err != nil {
		return "", err
	}
	defer file.Close()
	magic := make([]byte, 16)
	n, err := io.ReadFull(file, magic)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return "", err
	}
	return image.MediaType(layer.CompressionOf(magic[:n])), nil
}

// Annotations by which an index names its images.
const (
	containerdName = "io.containerd.image.name"          // in full
	refName        = "org.opencontainers.image.ref.name" // in full, or the tag alone
)

// ociImages reads index.json and the manifests it leads to.
func (f *files) ociImages() ([]found, error) {
	if !f.has(ociLayout) {
		return nil, fs.ErrNotExist
	}
	var index v1.IndexManifest
	if err := f.readJSON(ociIndex, &index); err != nil {
		return nil, err
	}
	var images []found
	for _, entry := range index.Manifests {
		one, err := f.ociImage(entry, 0)
		if errors.Is(err, errOtherKind) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if name, ok := nameOf(entry); ok {
			one.names = []image.Name{name}
		}
		at := slices.IndexFunc(images, func(other found) bool { return other.config == one.config })
		if at >= 0 {
			images[at].names = merged(images[at].names, one.names)
			continue
		}
		images = append(images, one)
	}
	if len(images) == 0 {
		return nil, ErrNoImage
	}
	return images, nil
}

// nameOf is the name an index gives an entry. A tag without a repository says
// nothing here.
func nameOf(entry v1.Descriptor) (image.Name, bool) {
	for _, key := range []string{containerdName, refName} {
		text := entry.Annotations[key]
		if key == refName && !strings.ContainsAny(text, "/:") {
			continue
		}
		if name, err := image.ParseName(text); err == nil {
			return name, true
		}
	}
	return image.Name{}, false
}

// errOtherKind: an entry of an index is no image that could run anywhere.
var errOtherKind = errors.New("not an image")

// maxNesting bounds indexes within indexes; builders write one in one.
const maxNesting = 4

// ociImage reads the manifest an entry leads to. Of an index for several
// machines it takes this machine's, or the only one.
func (f *files) ociImage(entry v1.Descriptor, depth int) (found, error) {
	file := ociBlobs + entry.Digest.Hex
	if entry.MediaType.IsIndex() {
		var index v1.IndexManifest
		if err := f.readJSON(file, &index); err != nil {
			return found{}, err
		}
		chosen, ok := f.choose(index.Manifests)
		if !ok || depth == maxNesting {
			return found{}, fmt.Errorf("%s: none of its images is for linux/%s", entry.Digest, runtime.GOARCH)
		}
		return f.ociImage(chosen, depth+1)
	}
	if !entry.MediaType.IsImage() && entry.MediaType != "" {
		return found{}, errOtherKind
	}
	text, err := f.read(file)
	if err != nil {
		return found{}, err
	}
	var manifest v1.Manifest
	if err := f.readJSON(file, &manifest); err != nil {
		return found{}, err
	}
	return found{manifest: text, config: manifest.Config.Digest}, nil
}

// choose picks this machine's entry among those that the archive really holds.
func (f *files) choose(entries []v1.Descriptor) (v1.Descriptor, bool) {
	entries = slices.DeleteFunc(slices.Clone(entries), func(entry v1.Descriptor) bool {
		// Builders put their attestations beside the images, as unknown/unknown.
		return entry.Platform != nil && entry.Platform.OS == "unknown" || !f.has(ociBlobs+entry.Digest.Hex)
	})
	for _, entry := range entries {
		if image.IsForThisMachine(entry.Platform) {
			return entry, true
		}
	}
	if len(entries) == 1 {
		return entries[0], true
	}
	return v1.Descriptor{}, false
}
