// Package source holds what drydock carries inside itself: this module's own
// source, from which learners' trees are made and excerpts are checked, and
// the engine's binary.
//
//	fsys, ok := source.FS()
//	d, err := decl.Find(fsys, address)
//
// Both are made by gen before drydock is built (make build); ok is false in a
// program built without them. The package changes nothing and unpacks nothing
// to disk: that is labs/tree.
package source

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"golang.org/x/tools/txtar"
)

// The folder is embedded as a whole, so that the package compiles when the
// archives have not been made yet.
//
//go:embed all:embedded
var embedded embed.FS

// FS returns this module's source as it was when the program was built. It is
// unpacked into memory at the first access and stays there as long as the
// returned value does.
func FS() (fs.FS, bool) {
	packed, err := embedded.ReadFile("embedded/source.tar.gz")
	if err != nil {
		return nil, false
	}
	return Unpacked(packed), true
}

// Stamp identifies the version of the source that FS returns: two programs
// with the same source have the same stamp. It is "" when there is none.
func Stamp() string {
	packed, err := embedded.ReadFile("embedded/source.tar.gz")
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(packed)
	return hex.EncodeToString(sum[:8])
}

// MiniDocker returns the program mini-docker, unpacked.
func MiniDocker() ([]byte, bool) {
	packed, err := embedded.ReadFile("embedded/mini-docker.gz")
	if err != nil {
		return nil, false
	}
	unzip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, false
	}
	program, err := io.ReadAll(unzip)
	return program, err == nil
}

// archive is a packed tree that is unpacked when it is first needed.
type archive struct{ unpack func() (fs.FS, error) }

// Unpacked is the file system in a gzipped tar of regular files. That the
// archive is damaged shows when something is opened.
func Unpacked(packed []byte) fs.FS {
	return archive{sync.OnceValues(func() (fs.FS, error) { return unpack(packed) })}
}

// Open opens a file or folder.
func (a archive) Open(name string) (fs.File, error) {
	fsys, err := a.unpack()
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return fsys.Open(name)
}

// unpack reads all files of an archive into memory.
func unpack(packed []byte) (fs.FS, error) {
	unzip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpacking the embedded source: %w", err)
	}
	var files txtar.Archive
	for r := tar.NewReader(unzip); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return txtar.FS(&files)
		}
		if err != nil {
			return nil, fmt.Errorf("unpacking the embedded source: %w", err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return nil, fmt.Errorf("unpacking %s of the embedded source: %w", header.Name, err)
		}
		files.Files = append(files.Files, txtar.File{Name: header.Name, Data: content})
	}
}
