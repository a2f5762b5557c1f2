package image

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"drydock/mini-docker/flock"
	"drydock/mini-docker/layer"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sys/unix"
)

// Intake is where images gather on their way into a Store:
//
//	in := store.NewIntake()
//	defer in.Close()
//	blob, err := in.AddBlob(ctx, r)         // config and layers, in any order
//	err = in.AddImage(ctx, manifest, name)  // what they make
//	images, err := in.Commit(ctx)
//
// All of it stands in a folder of its own beside the store's images, so that
// nobody waits while a slow archive or network is read, and nothing of it is seen
// before Commit, which moves it over and lists it in the index in one step. Close
// removes what was not committed; after a crash whoever next writes to the store
// does. The folder is made when the first comes in that the store does not have: a
// build whose steps are all cached makes none.
type Intake struct {
	store  *Store
	dir    string
	making sync.Mutex
	held   *flock.Lock // of dir: who finds it unlocked may remove it; nil before it is made
	images []incoming
	all    bool

	partial []*Partial // reserved
	gaveUp  bool
	mutex   sync.Mutex
	fetched map[string]string // of these, what is whole: paths, by digest
}

// incoming is one image of an Intake.
type incoming struct {
	entry v1.Descriptor
	image *Image
	names []Name
}

// ErrVanished: while an image came in somebody removed from the store what it
// shares with another. To try again helps.
var ErrVanished = errors.New("a part that the store had was removed in the meantime: try again")

// NewIntake begins an intake.
func (s *Store) NewIntake() *Intake {
	return &Intake{store: s, dir: filepath.Join(s.incomingDir(), rand.Text())}
}

// make makes the intake's folder, unless that has been done.
func (in *Intake) make(ctx context.Context) error {
	in.making.Lock()
	defer in.making.Unlock()
	if in.held != nil {
		return nil
	}
	err := in.store.locked(ctx, func() (err error) {
		for _, dir := range []string{in.dir, in.blobsDir(), in.layersDir()} {
			if err := os.Mkdir(dir, 0o700); err != nil {
				return err
			}
		}
		in.held, err = flock.Await(ctx, in.dir)
		return err
	})
	if err != nil {
		return fmt.Errorf("preparing to add an image: %w", err)
	}
	return nil
}

// Close ends the intake and removes what it still holds.
func (in *Intake) Close() error {
	err := os.RemoveAll(in.dir)
	if in.held != nil {
		in.held.Release()
	}
	return errors.Join(err, in.closePartial())
}

// Scratch makes a folder for whatever is needed until the intake is closed; it goes
// with it, also if this process is killed.
func (in *Intake) Scratch(ctx context.Context) (string, error) {
	if err := in.make(ctx); err != nil {
		return "", err
	}
	return os.MkdirTemp(in.dir, "scratch-")
}

func (in *Intake) blobsDir() string  { return filepath.Join(in.dir, "blobs") }
func (in *Intake) layersDir() string { return filepath.Join(in.dir, "layers") }

// Has reports whether a blob need not be brought: the intake or the store has it.
func (in *Intake) Has(digest v1.Hash) bool {
	_, err := in.blob(digest)
	return err == nil
}

// blob returns the path of a blob that has come in or was there.
func (in *Intake) blob(digest v1.Hash) (string, error) {
	if !isDigest(digest) {
		return "", fmt.Errorf("digest %q: %w", digest, fs.ErrNotExist)
	}
	path := in.blobPath(digest)
	if _, err := os.Lstat(path); err == nil {
		return path, nil
	}
	return in.store.findBlob(digest)
}

// blobPath is where a blob lies that has come in: if it was fetched, where others
// would find it who want it too.
func (in *Intake) blobPath(digest v1.Hash) string {
	in.mutex.Lock()
	defer in.mutex.Unlock()
	if path, ok := in.fetched[digest.Hex]; ok {
		return path
	}
	return filepath.Join(in.blobsDir(), digest.Hex)
}

// AddBlob takes in the bytes of r and returns their digest and size. It is for the
// caller to bound r, and to compare the digest with the one it was promised.
func (in *Intake) AddBlob(ctx context.Context, r io.Reader) (digest v1.Hash, size int64, err error) {
	blob, err := in.newBlob(ctx)
	if err != nil {
		return v1.Hash{}, 0, err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{blob}, contextReader{ctx, r}, make([]byte, 256<<10))
	return blob.finish(err)
}

// addText is AddBlob for what is in memory, and written only if it is new.
func (in *Intake) addText(ctx context.Context, text []byte) (digest v1.Hash, err error) {
	digest = digestOf(text)
	if path, err := in.blob(digest); err == nil {
		if info, err := os.Stat(path); err == nil && info.Size() == int64(len(text)) {
			return digest, nil
		}
	}
	digest, _, err = in.AddBlob(ctx, bytes.NewReader(text))
	return digest, err
}

// blobWriter is a blob that is coming in.
type blobWriter struct {
	file *os.File
	sum  hash.Hash
	size int64
}

func (in *Intake) newBlob(ctx context.Context) (*blobWriter, error) {
	if err := in.make(ctx); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(in.blobsDir(), layer.PartialPrefix+"*")
	if err != nil {
		return nil, err
	}
	return &blobWriter{file: file, sum: sha256.New()}, nil
}

func (b *blobWriter) Write(p []byte) (int, error) {
	n, err := b.file.Write(p)
	b.sum.Write(p[:n])
	b.size += int64(n)
	return n, err
}

// finish gives the blob its name, or removes it if something went wrong.
func (b *blobWriter) finish(err error) (v1.Hash, int64, error) {
	digest := v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(b.sum.Sum(nil))}
	err = errors.Join(err, b.file.Chmod(0o644), b.file.Close())
	if err == nil {
		err = os.Rename(b.file.Name(), filepath.Join(filepath.Dir(b.file.Name()), digest.Hex))
	}
	if err != nil {
		return v1.Hash{}, 0, errors.Join(err, os.Remove(b.file.Name()))
	}
	return digest, b.size, nil
}

// contextReader reads until its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// OpenBlob opens a blob that has come in, or that the store has.
func (in *Intake) OpenBlob(digest v1.Hash) (*os.File, error) {
	path, err := in.blob(digest)
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

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
