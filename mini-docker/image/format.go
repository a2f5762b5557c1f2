package image

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"drydock/mini-docker/layer"
)

// The index carries the version of the store's format, so that a program that is
// older than what it finds does not take it for damage, or damage it. The
// versions:
//
//	1  without a number; layers of root with overlayfs's marks in trusted.overlay.*
//	2  those layers have them in user.overlay.* as well, for a user's overlay
const (
	formatAnnotation = "dev.drydock.image.format"
	formatVersion    = 2
)

// FormatError refuses a store that a newer program has written.
type FormatError struct {
	Dir           string
	Version, Know int
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("the images in %s have the format %d, and this program knows formats up to %d: use the newer one that wrote them, or another --root",
		e.Dir, e.Version, e.Know)
}

// version is the format of an index.
func version(index *v1.IndexManifest) int {
	version, err := strconv.Atoi(index.Annotations[formatAnnotation])
	if err != nil {
		return 1
	}
	return version
}

func (s *Store) checkFormat(index *v1.IndexManifest) error {
	if found := version(index); found > formatVersion {
		return &FormatError{Dir: s.dir, Version: found, Know: formatVersion}
	}
	return nil
}

// bringUp gives an older store this program's format. Each step may be repeated,
// and the version is written last, so a crash on the way costs nothing.
func (s *Store) bringUp() error {
	if _, err := os.Lstat(s.indexPath()); errors.Is(err, fs.ErrNotExist) {
		return nil // a new store
	}
	index, err := s.readIndex()
	if err != nil || version(index) == formatVersion {
		return err
	}
	if !s.userXattr {
		layers, err := os.ReadDir(s.layersDir())
		if err != nil {
			return err
		}
		for _, each := range layers {
			if err := layer.AddUserMarks(filepath.Join(s.layersDir(), each.Name())); err != nil {
				return fmt.Errorf("bringing the image store up to format %d: %w", formatVersion, err)
			}
		}
	}
	return s.writeIndex(index)
}
