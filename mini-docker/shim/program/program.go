// Package program carries the shim, a program of its own, inside mini-docker, and
// puts it where it can be executed.
//
//	path, err := program.Install("/var/lib/mini-docker")
//
// One file serves all containers, so that its pages are in memory once. What the
// shim does is told in package main above; how it is talked to in wire.
package program

import (
	"embed"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
)

// The folder is embedded, rather than the file, so that the package compiles
// before the shim is built. The pattern leaves out names that start with a dot.
//
//go:embed embedded
var embedded embed.FS

// ErrNone says that this program was built without the shim.
var ErrNone = errors.New("this mini-docker was built without its shim, so that it can start no container: run `make build`")

// Install returns the path of the shim below the engine's folder, where it is
// written if it is not there yet. Its name tells one version from another: while
// containers of an older mini-docker run, theirs stays in use.
func Install(root string) (path string, err error) {
	text, err := embedded.ReadFile("embedded/shim")
	if err != nil {
		return "", ErrNone
	}
	// The checksum takes a hundred microseconds. It notices another version and a
	// file that a power cut left half written; it is no protection against
	// whoever may write there, who is us.
	path = filepath.Join(root, fmt.Sprintf("shim-%08x", crc32.ChecksumIEEE(text)))
	if info, err := os.Stat(path); err == nil && info.Size() == int64(len(text)) && info.Mode()&0o100 != 0 {
		return path, nil
	}
	if err := write(path, text); err != nil {
		return "", fmt.Errorf("putting the shim in place: %w", err)
	}
	return path, nil
}

// PauseName is what the shim is called where it keeps a pod's namespaces there.
const PauseName = "pause"

// InstallPause returns a folder that holds the shim under that name and nothing
// else: all the file system that a pod's sandbox needs.
func InstallPause(root string) (folder string, err error) {
	shim, err := Install(root)
	if err != nil {
		return "", err
	}
	folder = shim + ".pod"
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("putting the pause program in place: %w", err)
	}
	// The same file by another name: its pages are in memory once for all.
	if err := os.Link(shim, filepath.Join(folder, PauseName)); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("putting the pause program in place: %w", err)
	}
	return folder, nil
}

// write makes the file at one stroke.
func write(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".shim-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // there no more, if all went well
	_, err = file.Write(text)
	err = errors.Join(err, file.Chmod(0o755), file.Sync(), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
