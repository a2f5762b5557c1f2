package image

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"drydock/mini-docker/layer"
)

// Layers returns the directories of an image's layers, the top one first, as
// overlayfs wants them. Those that are not unpacked yet are unpacked now.
func (s *Store) Layers(ctx context.Context, image *Image) ([]string, error) {
	var dirs []string
	ids := image.Config.RootFS.DiffIDs // the bottom one first
	for i, id := range slices.Backward(ids) {
		dir, err := s.unpacked(ctx, id, image.Manifest.Layers[i])
		if err != nil {
			return nil, fmt.Errorf("layer %d of image %s: %w", i+1, image.ShortID(), err)
		}
		dirs = append(dirs, dir)
		if i == 0 {
			break
		}
		hides, err := layer.HidesBelow(dir, s.userXattr)
		if err != nil {
			return nil, err
		}
		if hides {
			break
		}
	}
	return dirs, nil
}

// unpacked returns the directory of a layer, which is whole if it is there.
func (s *Store) unpacked(ctx context.Context, id v1.Hash, packed v1.Descriptor) (string, error) {
	dir, err := s.findLayer(layer.DiffID(id.String()))
	if !errors.Is(err, fs.ErrNotExist) {
		return dir, err
	}
	dir = s.layerPath(layer.DiffID(id.String()))
	return dir, s.locked(ctx, func() error {
		blob, err := s.OpenBlob(packed.Digest)
		if err != nil {
			return err
		}
		defer blob.Close()
		_, err = layer.Apply(ctx, dir, blob, layer.ApplyOptions{
			UserXattr: s.userXattr, DiffID: layer.DiffID(id.String()), Sync: true,
		})
		if errors.Is(err, fs.ErrExist) {
			return nil // another process was first
		}
		return err
	})
}

// LayerSizes returns the bytes of the files in each layer of an image, the bottom
// one first.
func (s *Store) LayerSizes(ctx context.Context, image *Image) ([]int64, error) {
	var sizes []int64
	for i, id := range image.Config.RootFS.DiffIDs {
		dir, err := s.unpacked(ctx, id, image.Manifest.Layers[i])
		if err != nil {
			return nil, fmt.Errorf("layer %d of image %s: %w", i+1, image.ShortID(), err)
		}
		size, err := layer.Size(dir)
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, size)
	}
	return sizes, nil
}

// DiskUsage is what unpacked layers take on the disk, in bytes. A layer that images
// share lies there once.
type DiskUsage struct {
	Bytes  int64
	Unused int64 // of layers that only unused images have
}

// DiskUsage measures the layers of all images. isUsed says of which a container is made.
func (s *Store) DiskUsage(ctx context.Context, isUsed func(*Image) bool) (sum DiskUsage, err error) {
	images, err := s.List()
	if err != nil {
		return sum, err
	}
	needed := map[v1.Hash]bool{} // every layer, and whether a used image has it
	for _, image := range images {
		used := isUsed(image)
		for _, id := range image.Config.RootFS.DiffIDs {
			needed[id] = needed[id] || used
		}
	}
	for id, used := range needed {
		dir, err := s.findLayer(layer.DiffID(id.String()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // not unpacked yet, or removed meanwhile
		}
		if err != nil {
			return sum, err
		}
		size, err := layer.Size(dir)
		if err != nil {
			return sum, err
		}
		sum.Bytes += size
		if !used {
			sum.Unused += size
		}
	}
	return sum, ctx.Err()
}
