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
