package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"drydock/mini-docker/layer"
)

// Compose writes the manifest of an image, given its config, as it is, and the
// blobs of its layers, the bottom one first.
func Compose(config v1.Descriptor, layers []v1.Descriptor) ([]byte, error) {
	config.MediaType = types.OCIConfigJSON
	if layers == nil {
		layers = []v1.Descriptor{}
	}
	return json.Marshal(&v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: config, Layers: layers,
	})
}

// MediaType is what a manifest calls a layer that is packed in some way.
func MediaType(compression layer.Compression) types.MediaType {
	switch compression {
	case layer.Gzip:
		return types.OCILayer
	case layer.Zstd:
		return types.OCILayerZStd
	}
	return types.OCIUncompressedLayer
}

// AddBuilt adds an image that is made here: its config, and its layers, which have
// come in or are in the store.
func (in *Intake) AddBuilt(ctx context.Context, config *v1.ConfigFile, layers []v1.Descriptor, names ...Name) (*Image, layer.Result, error) {
	text, err := json.Marshal(config)
	if err != nil {
		return nil, layer.Result{}, err
	}
	digest, err := in.addText(ctx, text)
	if err != nil {
		return nil, layer.Result{}, err
	}
	manifest, err := Compose(v1.Descriptor{Digest: digest, Size: int64(len(text))}, layers)
	if err != nil {
		return nil, layer.Result{}, err
	}
	return in.AddImage(ctx, manifest, names...)
}

// AddImage adds an image whose config and layers have come in, or are in the
// store: all of them are there, have the size they are said to have, and unpack
// to what the config says. It returns what could not be kept of the layers that
// were unpacked for it.
func (in *Intake) AddImage(ctx context.Context, manifest []byte, names ...Name) (*Image, layer.Result, error) {
	image := &Image{Manifest: &v1.Manifest{}, Config: &v1.ConfigFile{}, Digest: digestOf(manifest)}
	if err := json.Unmarshal(manifest, image.Manifest); err != nil {
		return nil, layer.Result{}, fmt.Errorf("%w: manifest: %w", ErrMalformed, err)
	}
	image.ID = image.Manifest.Config.Digest
	if err := CheckManifest(image.Manifest); err != nil {
		return nil, layer.Result{}, err
	}
	if err := in.readConfig(image.ID, image.Config); err != nil {
		return nil, layer.Result{}, err
	}
	if err := check(image.Manifest, image.Config); err != nil {
		return nil, layer.Result{}, err
	}
	unpacked, err := in.unpackAll(ctx, image)
	if err != nil {
		return nil, unpacked, err
	}
	if image.Size, err = in.size(image); err != nil {
		return nil, unpacked, err
	}
	if _, err := in.addText(ctx, manifest); err != nil {
		return nil, unpacked, err
	}
	image.Created = image.Config.Created.Time
	for _, name := range names {
		image.Names = append(image.Names, name.Familiar())
	}
	mediaType := image.Manifest.MediaType
	if mediaType == "" {
		mediaType = types.OCIManifestSchema1
	}
	in.images = append(in.images, incoming{image: image, names: names, entry: v1.Descriptor{
		MediaType: mediaType, Digest: image.Digest, Size: int64(len(manifest)),
		Platform:    &v1.Platform{OS: image.Config.OS, Architecture: image.Config.Architecture, Variant: image.Config.Variant},
		Annotations: map[string]string{sizeAnnotation: strconv.FormatInt(image.Size, 10)},
	}})
	return image, unpacked, nil
}

// unpackAll unpacks the layers of an image and sums up what was lost.
func (in *Intake) unpackAll(ctx context.Context, image *Image) (layer.Result, error) {
	layers := image.Manifest.Layers
	results := make([]layer.Result, len(layers))
	unpacking, ctx := errgroup.WithContext(ctx)
	unpacking.SetLimit(runtime.GOMAXPROCS(0)) // side by side: no layer needs another
	for i, packed := range layers {
		unpacking.Go(func() (err error) {
			results[i], err = in.unpackOne(ctx, packed, layer.DiffID(image.Config.RootFS.DiffIDs[i].String()))
			if err != nil {
				err = fmt.Errorf("layer %d of %d: %w", i+1, len(layers), err)
			}
			return err
		})
	}
	err := unpacking.Wait()
	var sum layer.Result
	for _, result := range results {
		sum.OwnersLost += result.OwnersLost
		sum.DevicesSkipped += result.DevicesSkipped
		sum.Notes = append(sum.Notes, result.Notes...)
	}
	return sum, err
}

// unpackOne unpacks a layer, which must be there as its manifest says.
func (in *Intake) unpackOne(ctx context.Context, packed v1.Descriptor, id layer.DiffID) (layer.Result, error) {
	path, err := in.blob(packed.Digest)
	if err != nil {
		return layer.Result{}, fmt.Errorf("%w: it is missing (%s)", ErrMalformed, packed.Digest)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != packed.Size {
		return layer.Result{}, errors.Join(err, fmt.Errorf("%w: it has not the size of %d bytes that its manifest says", ErrMalformed, packed.Size))
	}
	return in.Unpack(ctx, packed.Digest, id)
}

// size sums up the files of all layers. Of an image that the store has it is known,
// and nobody need look at every file.
func (in *Intake) size(image *Image) (int64, error) {
	index, err := in.store.readIndex()
	if err != nil {
		return 0, err
	}
	for _, entry := range index.Manifests {
		if known, err := strconv.ParseInt(entry.Annotations[sizeAnnotation], 10, 64); err == nil && entry.Digest == image.Digest {
			return known, nil
		}
	}
	var sum int64
	for _, id := range image.Config.RootFS.DiffIDs {
		dir, err := in.LayerDir(layer.DiffID(id.String()))
		if err != nil {
			return 0, err
		}
		size, err := layer.Size(dir)
		if err != nil {
			return 0, err
		}
		sum += size
	}
	return sum, nil
}

// Commit makes the images of the intake the store's. The files come first and are
// brought to the disk, then the index names them: a crash between the two leaves
// garbage that the next sweep takes, and no image that is not whole.
func (in *Intake) Commit(ctx context.Context) ([]*Image, error) {
	if known, err := in.known(ctx); known || err != nil {
		return in.made(), err
	}
	// Before anything gets its final name: what has one is whole.
	if err := in.sync(); err != nil {
		return nil, err
	}
	err := in.store.locked(ctx, func() error {
		if in.all {
			if err := in.moveAll(); err != nil {
				return err
			}
		}
		for _, each := range in.images {
			if err := in.move(each.image); err != nil {
				return err
			}
		}
		if err := errors.Join(syncDir(in.store.blobsDir()), syncDir(in.store.layersDir())); err != nil {
			return err
		}
		index, err := in.store.readIndex()
		if err != nil {
			return err
		}
		for _, each := range in.images {
			if err := in.store.list(index, each); err != nil {
				return err
			}
		}
		if len(in.images) == 0 {
			return nil
		}
		return in.store.writeIndex(index)
	})
	if err != nil {
		return nil, fmt.Errorf("adding to the image store: %w", err)
	}
	return in.made(), nil
}

// sync brings what has come in to the disk.
func (in *Intake) sync() error {
	if in.held == nil {
		return nil
	}
	return layer.SyncFileSystem(in.dir)
}

func (in *Intake) made() []*Image {
	var images []*Image
	for _, each := range in.images {
		images = append(images, each.image)
	}
	return images
}

// known says whether the store has all that has come in, under the same names: a
// build whose steps are all cached. To write it once more would wait for the disk.
func (in *Intake) known(ctx context.Context) (known bool, err error) {
	err = in.store.locked(ctx, func() error {
		index, err := in.store.readIndex()
		if err != nil {
			return err
		}
		known = len(in.images) > 0
		for _, each := range in.images {
			known = known && isListed(index, each) && in.store.isWhole(each.image)
		}
		arrived, err := in.arrived()
		for _, to := range arrived {
			_, missing := os.Lstat(to)
			known = known && missing == nil
		}
		return err
	})
	return known, err
}

// move moves an image's blobs and layers into the store.
func (in *Intake) move(image *Image) error {
	blobs := []v1.Hash{image.Digest, image.ID}
	for i, packed := range image.Manifest.Layers {
		blobs = append(blobs, packed.Digest)
		id := layer.DiffID(image.Config.RootFS.DiffIDs[i].String())
		if err := moveNew(in.layerPath(id), in.store.layerPath(id)); err != nil {
			return err
		}
	}
	for _, digest := range blobs {
		if err := moveNew(in.blobPath(digest), in.store.blobPath(digest)); err != nil {
			return err
		}
		if _, err := in.store.findBlob(digest); err != nil {
			return fmt.Errorf("%s: %w", digest, ErrVanished)
		}
	}
	return nil
}

// moveAll moves all that has come in.
func (in *Intake) moveAll() error {
	arrived, err := in.arrived()
	for from, to := range arrived {
		err = errors.Join(err, moveNew(from, to))
	}
	return err
}

// arrived lists the blobs and layers that have come in: where each stands, and where
// it is to stand in the store.
func (in *Intake) arrived() (map[string]string, error) {
	arrived := map[string]string{}
	if in.held == nil {
		return arrived, nil
	}
	for from, to := range map[string]string{in.blobsDir(): in.store.blobsDir(), in.layersDir(): in.store.layersDir()} {
		entries, err := os.ReadDir(from)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			if !strings.HasPrefix(entry.Name(), layer.PartialPrefix) {
				arrived[filepath.Join(from, entry.Name())] = filepath.Join(to, entry.Name())
			}
		}
	}
	return arrived, nil
}

// moveNew renames a file or directory that is named by its content: where the
// name is taken, the same stands there already.
func moveNew(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EEXIST) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("moving %s into the store: %w", filepath.Base(from), err)
	}
	return nil
}
