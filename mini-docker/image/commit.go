package image

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"drydock/mini-docker/layer"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sys/unix"
)

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
