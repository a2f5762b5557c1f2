package image

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"drydock/mini-docker/layer"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sys/unix"
)

// Unpack unpacks a layer that has come in, unless its directory is there already,
// and reports what could not be kept. Its content must have the DiffID that is
// wanted; "" accepts any.
func (in *Intake) Unpack(ctx context.Context, packed v1.Hash, want layer.DiffID) (layer.Result, error) {
	if want != "" {
		if _, err := in.LayerDir(want); err == nil {
			return layer.Result{DiffID: want}, nil
		}
	}
	blob, err := in.OpenBlob(packed)
	if err != nil {
		return layer.Result{}, err
	}
	defer blob.Close()
	return in.apply(ctx, blob, layer.ApplyOptions{DiffID: want, ReadAhead: true})
}

// AddLayer takes in a layer whose digests nobody knows yet: it is unpacked while it
// is read, and kept as a blob too.
func (in *Intake) AddLayer(ctx context.Context, r io.Reader) (v1.Descriptor, layer.Result, error) {
	blob, err := in.newBlob(ctx)
	if err != nil {
		return v1.Descriptor{}, layer.Result{}, err
	}
	var start prefix
	result, err := in.apply(ctx, io.TeeReader(r, io.MultiWriter(blob, &start)), layer.ApplyOptions{})
	digest, size, err := blob.finish(err)
	return v1.Descriptor{MediaType: MediaType(layer.CompressionOf(start.bytes[:start.n])), Digest: digest, Size: size}, result, err
}

// AddWritten takes in a layer that write writes, which AddLayer reads meanwhile.
func (in *Intake) AddWritten(ctx context.Context, write func(io.Writer) error) (v1.Descriptor, layer.Result, error) {
	ours, theirs := io.Pipe()
	written := make(chan error, 1)
	go func() {
		err := write(theirs)
		theirs.CloseWithError(err)
		written <- err
	}()
	packed, result, err := in.AddLayer(ctx, ours)
	ours.CloseWithError(err) // a writer that is ahead must not wait for ever
	// Each end hands its error to the other: one of them tells it.
	if failed := <-written; err == nil || errors.Is(err, failed) {
		err = failed
	}
	return packed, result, err
}

// prefix keeps the first bytes that are written to it.
type prefix struct {
	bytes [16]byte
	n     int
}

func (p *prefix) Write(b []byte) (int, error) {
	p.n += copy(p.bytes[p.n:], b)
	return len(b), nil
}

func (in *Intake) apply(ctx context.Context, r io.Reader, o layer.ApplyOptions) (layer.Result, error) {
	if err := in.make(ctx); err != nil {
		return layer.Result{}, err
	}
	place, err := os.MkdirTemp(in.dir, "unpacking-") // several layers may come at once
	if err != nil {
		return layer.Result{}, err
	}
	defer os.Remove(place)
	unpacked := filepath.Join(place, "layer")
	o.UserXattr = in.store.userXattr
	result, err := layer.Apply(ctx, unpacked, r, o)
	if err != nil {
		return result, err
	}
	err = unix.Renameat2(unix.AT_FDCWD, unpacked, unix.AT_FDCWD, in.layerPath(result.DiffID), unix.RENAME_NOREPLACE)
	if errors.Is(err, fs.ErrExist) {
		err = os.RemoveAll(unpacked) // the image has this layer twice
	}
	return result, err
}

// KeepAll has Commit move layers too that no image of the intake has: a build goes
// on from them next time. They stay until an image is removed.
func (in *Intake) KeepAll() { in.all = true }

// LayerDir returns the directory of a layer that is unpacked here or in the store.
func (in *Intake) LayerDir(id layer.DiffID) (string, error) {
	if _, err := os.Lstat(in.layerPath(id)); err == nil {
		return in.layerPath(id), nil
	}
	return in.store.findLayer(id)
}

func (in *Intake) layerPath(id layer.DiffID) string {
	return filepath.Join(in.layersDir(), hexOf(id))
}
