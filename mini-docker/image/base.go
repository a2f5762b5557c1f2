package image

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"drydock/mini-docker/image/base"
	"drydock/mini-docker/layer"
)

// BaseName is the image that every mini-docker carries inside itself.
const BaseName = "mini/box:latest"

// ErrNoBase: this program was built without its base image.
var ErrNoBase = errors.New("this build carries no base image: run `make build`")

// baseLayer is the one layer of the base image.
type baseLayer struct {
	// stamp differs from layer to layer and costs nothing; "" if there is none.
	stamp string
	// packed returns the layer, a gzipped tar.
	packed func() (gz []byte, ok bool)
}

// embeddedBase is the layer in this program.
func embeddedBase() baseLayer {
	return baseLayer{stamp: base.Stamp(), packed: base.Layer}
}

// EnsureBase sees to it that the store holds the base image of this program. It
// is called at every start, so one readlink(2) is all it does once that is so.
// A program that carries another base image moves the name to its own.
func (s *Store) EnsureBase(ctx context.Context) error {
	base := s.base()
	stamp, err := baseStamp(base)
	if err != nil {
		return err
	}
	for store := s; store != nil; store = store.below {
		if have, err := os.Readlink(store.stampPath()); err == nil && have == stamp {
			return nil
		}
	}
	err = s.locked(ctx, func() error {
		if have, err := os.Readlink(s.stampPath()); err == nil && have == stamp {
			return nil // another process was first
		}
		if err := s.addBase(ctx, base); err != nil {
			return err
		}
		return s.writeStamp(stamp)
	})
	if err != nil {
		return fmt.Errorf("preparing base image %s: %w", BaseName, err)
	}
	return nil
}

// RenewBase makes the base image again, whatever the store believes to hold of
// it: a file may have been lost, or emptied by a full disk.
func (s *Store) RenewBase(ctx context.Context) error {
	if err := os.Remove(s.stampPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("preparing base image %s again: %w", BaseName, err)
	}
	return s.EnsureBase(ctx)
}

// baseConfig is how the base image is run. Its time is fixed, so that the same
// layer makes the same image, with the same ID, on every machine.
func baseConfig() *v1.ConfigFile {
	made := v1.Time{Time: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	return &v1.ConfigFile{
		Architecture: runtime.GOARCH,
		OS:           "linux",
		Created:      made,
		History:      []v1.History{{Created: made, CreatedBy: "COPY box /bin/box", Comment: "embedded in mini-docker"}},
		Config: v1.Config{
			Cmd: []string{"sh"},
			Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		},
		RootFS: v1.RootFS{Type: "layers"},
	}
}

// baseStamp is different for all that would make a different base image.
func baseStamp(base baseLayer) (string, error) {
	config, err := json.Marshal(baseConfig())
	if err != nil {
		return "", err
	}
	own := base.stamp
	if own == "" {
		packed, ok := base.packed()
		if !ok {
			return "", ErrNoBase
		}
		own = digestOf(packed).String() // takes milliseconds
	}
	return digestOf(fmt.Appendf(config, "%s format %d", own, formatVersion)).String(), nil
}

// The stamp is the target of a symbolic link that leads nowhere: it is written in
// one step and read with one call, and no file has to be opened.
func (s *Store) stampPath() string { return filepath.Join(s.dir, "base-image") }

func (s *Store) writeStamp(stamp string) error {
	partial := filepath.Join(s.layersDir(), layer.PartialPrefix+"stamp")
	if err := os.Symlink(stamp, partial); err != nil {
		return err
	}
	return os.Rename(partial, s.stampPath())
}

// addBase builds the base image: its layer, its config, its manifest, its name.
func (s *Store) addBase(ctx context.Context, base baseLayer) error {
	packed, ok := base.packed()
	if !ok {
		return ErrNoBase
	}
	digest, err := s.writeBlob(packed)
	if err != nil {
		return err
	}
	unpacked, err := s.unpackNew(ctx, packed)
	if err != nil {
		return err
	}
	diffID, err := v1.NewHash(string(unpacked.DiffID))
	if err != nil {
		return err
	}
	config := baseConfig()
	config.RootFS.DiffIDs = []v1.Hash{diffID}
	configDigest, configSize, err := s.writeDocument(config)
	if err != nil {
		return err
	}
	manifest := &v1.Manifest{
		SchemaVersion: 2,
		MediaType:     types.OCIManifestSchema1,
		Config:        v1.Descriptor{MediaType: types.OCIConfigJSON, Digest: configDigest, Size: configSize},
		Layers:        []v1.Descriptor{{MediaType: types.OCILayer, Digest: digest, Size: int64(len(packed))}},
	}
	manifestDigest, manifestSize, err := s.writeDocument(manifest)
	if err != nil {
		return err
	}
	name, err := ParseName(BaseName)
	if err != nil {
		return err
	}
	return s.addToIndex(name, v1.Descriptor{
		MediaType: manifest.MediaType, Digest: manifestDigest, Size: manifestSize,
		Platform:    &v1.Platform{OS: config.OS, Architecture: config.Architecture},
		Annotations: map[string]string{sizeAnnotation: strconv.FormatInt(unpacked.Size, 10)},
	})
}

// unpackNew unpacks a layer whose DiffID is not known before it is unpacked.
func (s *Store) unpackNew(ctx context.Context, packed []byte) (layer.Result, error) {
	incoming := filepath.Join(s.layersDir(), layer.PartialPrefix+"base")
	result, err := layer.Apply(ctx, incoming, bytes.NewReader(packed), layer.ApplyOptions{UserXattr: s.userXattr, Sync: true})
	if err != nil {
		return result, err
	}
	dir := s.layerPath(result.DiffID)
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return result, errors.Join(err, os.RemoveAll(incoming)) // there already
	}
	if err := os.Rename(incoming, dir); err != nil {
		return result, err
	}
	return result, syncDir(s.layersDir())
}
