package image

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"drydock/mini-docker/flock"
	"drydock/mini-docker/layer"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// locked runs write as the only writer of the store, in whatever process. What a
// writer that died has left half done is removed first.
func (s *Store) locked(ctx context.Context, write func() error) error {
	for _, dir := range []string{s.blobsDir(), s.layersDir(), s.incomingDir(), s.partialDir()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("image store: %w", err)
		}
	}
	// Layers hold set-id programs and files of a stranger's making: no other
	// user of the machine may get at them.
	for _, dir := range []string{s.layersDir(), s.incomingDir(), s.partialDir()} {
		if err := os.Chmod(dir, 0o700); err != nil {
			return fmt.Errorf("image store: %w", err)
		}
	}
	file, err := os.OpenFile(filepath.Join(s.dir, "images.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("image store: %w", err)
	}
	defer file.Close() // and with it the lock
	if err := flock.AwaitFile(ctx, file); err != nil {
		return fmt.Errorf("locking image store %s: %w", s.dir, err)
	}
	if err := errors.Join(s.removePartial(), s.removeAbandoned(), s.removeStale(goesStale)); err != nil {
		return err
	}
	if err := s.bringUp(); err != nil {
		return err
	}
	return write()
}

// removePartial removes what has no final name yet. Only the lock's holder may:
// for him all of it is a dead writer's.
func (s *Store) removePartial() error {
	for _, dir := range []string{filepath.Dir(s.indexPath()), s.blobsDir(), s.layersDir()} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return fmt.Errorf("image store: %w", err)
		}
		for _, entry := range entries {
			if !strings.HasPrefix(entry.Name(), layer.PartialPrefix) {
				continue
			}
			if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
				return fmt.Errorf("removing what was left half written: %w", err)
			}
		}
	}
	return nil
}

// removeAbandoned removes what came in (see Intake) and whose process has died.
func (s *Store) removeAbandoned() error {
	entries, err := os.ReadDir(s.incomingDir())
	if err != nil {
		return fmt.Errorf("image store: %w", err)
	}
	for _, entry := range entries {
		path := filepath.Join(s.incomingDir(), entry.Name())
		held, err := flock.Take(path)
		if err == nil {
			err = os.RemoveAll(path)
			held.Release()
		}
		// In use, removed just now, or of other ids than this process has power over:
		// another time.
		if err != nil && !errors.Is(err, flock.ErrHeld) && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("removing what was left half written: %w", err)
		}
	}
	return nil
}

// writeFile writes a file whole or not at all, and onto the disk: under another
// name first, then fsync(2), then rename(2), then the directory.
func writeFile(path string, content io.Reader) error {
	file, err := os.CreateTemp(filepath.Dir(path), layer.PartialPrefix+"*")
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	err = errors.Join(err, file.Chmod(0o644), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", path, err), os.Remove(file.Name()))
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a rename in a directory last (fsync(2): the entry in the
// directory is not the file's).
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// writeBlob stores bytes under their digest.
func (s *Store) writeBlob(content []byte) (v1.Hash, error) {
	digest := digestOf(content)
	path := s.blobPath(digest)
	if info, err := os.Stat(path); err == nil && info.Size() == int64(len(content)) {
		return digest, nil
	}
	return digest, writeFile(path, bytes.NewReader(content))
}

// writeDocument stores a JSON document and returns what refers to it.
func (s *Store) writeDocument(document any) (digest v1.Hash, size int64, err error) {
	content, err := json.Marshal(document)
	if err != nil {
		return v1.Hash{}, 0, err
	}
	digest, err = s.writeBlob(content)
	return digest, int64(len(content)), err
}

// writeIndex replaces the list of images, and marks the directory as a layout.
func (s *Store) writeIndex(index *v1.IndexManifest) error {
	marker := filepath.Join(s.dir, "oci", "oci-layout")
	if _, err := os.Stat(marker); errors.Is(err, fs.ErrNotExist) {
		if err := writeFile(marker, strings.NewReader(`{"imageLayoutVersion":"1.0.0"}`)); err != nil {
			return err
		}
	}
	if index.Annotations == nil {
		index.Annotations = map[string]string{}
	}
	index.Annotations[formatAnnotation] = strconv.Itoa(formatVersion)
	content, err := json.Marshal(index)
	if err != nil {
		return err
	}
	return writeFile(s.indexPath(), bytes.NewReader(content))
}

func digestOf(content []byte) v1.Hash {
	sum := sha256.Sum256(content)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
}
