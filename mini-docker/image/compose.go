package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"

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
