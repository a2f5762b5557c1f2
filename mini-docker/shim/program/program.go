// Package program carries the two small programs of a container inside
// mini-docker, and puts them where they can be executed: the shim, which stays
// beside it, and the init, which its first process is before it becomes the
// command.
//
//	path, err := program.Install("/var/lib/mini-docker", program.Shim)
//
// One file serves all containers, so that its pages are in memory once. What the
// shim does is told in package main above, and how it is talked to in wire; the
// init is mini-docker/runtime/init.
package program

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// The programs by their names.
const (
	Shim = "shim"
	Init = "init"
)

// The folder is embedded, rather than the files, so that the package compiles
// before they are built. The pattern leaves out names that start with a dot.
//
//go:embed embedded
var embedded embed.FS

// pageBytes hold the headers of an ELF file and the linker's build id, by which one
// version is told from another: see elf(5), and `go tool buildid`.
const pageBytes = 4096

// ErrNone says that this program was built without the one that is asked for. The
// words are the shim's, for only there people read them: without the init the engine
// begins containers itself.
var ErrNone = errors.New("this mini-docker was built without its shim, so that it can start no container: run `make build`")

// Install returns the path of a program below the engine's folder, where it is
// written if it is not there yet. Its name tells one version from another: while
// containers of an older mini-docker run, theirs stays in use.
func Install(root, name string) (path string, err error) {
	// ReadFile would copy all of it, at each start.
	file, err := embedded.Open("embedded/" + name)
	if err != nil {
		return "", ErrNone
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	head := make([]byte, pageBytes)
	if _, err := io.ReadFull(file, head); err != nil {
		return "", fmt.Errorf("reading the %s: %w", name, err)
	}
	path = filepath.Join(root, fmt.Sprintf("%s-%08x", name, crc32.ChecksumIEEE(head)))
	if there, err := os.Stat(path); err == nil && there.Size() == info.Size() && there.Mode()&0o100 != 0 {
		return path, nil
	}
	if err := write(path, io.MultiReader(bytes.NewReader(head), file)); err != nil {
		return "", fmt.Errorf("putting the %s in place: %w", name, err)
	}
	return path, nil
}

// PauseName is what the shim is called where it keeps a pod's namespaces there.
const PauseName = "pause"

// InstallPause returns a folder that holds the shim under that name and nothing
// else: all the file system that a pod's sandbox needs.
func InstallPause(root string) (folder string, err error) {
	shim, err := Install(root, Shim)
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
func write(path string, text io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	// A child that another goroutine begins meanwhile would hold the file open for
	// writing, and nobody could execute it (execve(2), ETXTBSY): there is none before
	// the file is closed.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	file, err := os.CreateTemp(filepath.Dir(path), ".program-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // there no more, if all went well
	_, err = io.Copy(file, text)
	err = errors.Join(err, file.Chmod(0o755), file.Sync(), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
