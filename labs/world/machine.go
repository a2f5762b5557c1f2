// Package world opens the sandboxes that lessons and labs run in, with the
// programs that belong into them.
//
//	m, err := world.Prepare(ctx, cache, bin)
//	sb, err := m.Open(ctx, world.Options{})
//	report, err := sb.Check(ctx, script, testscripts.Options{})
//
// Everything comes from the program itself: the base tree from the embedded
// base image, and mini-docker from beside this executable or, when drydock was
// copied elsewhere alone, from the one that is packed into it. Both are
// unpacked into the cache once, under their digest.
package world

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"drydock/labs/source"
	"drydock/mini-docker/image/base"
	"drydock/mini-docker/layer"
)

// Machine is what every sandbox on this machine is made from.
type Machine struct {
	Base       string // the tree that fills a sandbox's root
	Drydock    string // runs scripts inside, and answers there
	MiniDocker string // the engine that is put into sandboxes
	Scratch    string // see sandbox.Spec
}

// Scratch is the directory below cache that sandboxes may use while they run.
func Scratch(cache string) string { return filepath.Join(cache, "scratch") }

// Prepare finds drydock and mini-docker in the directory bin, and unpacks what
// is missing below cache.
func Prepare(ctx context.Context, cache, bin string) (_ Machine, err error) {
	m := Machine{Drydock: filepath.Join(bin, "drydock"), MiniDocker: filepath.Join(bin, "mini-docker"), Scratch: Scratch(cache)}
	if m.Base, err = unpackBase(ctx, cache); err != nil {
		return m, explain(err)
	}
	if _, err := os.Stat(m.MiniDocker); err != nil {
		if m.MiniDocker, err = unpackEngine(cache); err != nil {
			return m, explain(err)
		}
	}
	return m, nil
}

// unpackBase returns the unpacked base layer, named for its digest.
func unpackBase(ctx context.Context, cache string) (string, error) {
	gz, ok := base.Layer()
	if !ok {
		return "", errors.New("this drydock was built without its base image: build it with `make build`")
	}
	dir := filepath.Join(cache, "base-"+digest(gz))
	return dir, unpackOnce(dir, func(part string) error {
		_, err := layer.Apply(ctx, part, bytes.NewReader(gz), layer.ApplyOptions{UserXattr: layer.UserXattr()})
		return err
	})
}

// nobody is the ordinary user that sandbox.Spec.DropToUser becomes.
const nobody = 65534

// givenAway returns the base as it belongs to nobody, who could not read
// root's /root otherwise.
func givenAway(ctx context.Context, dir string) (string, error) {
	theirs := dir + "-nobody"
	return theirs, unpackOnce(theirs, func(part string) error {
		gz, _ := base.Layer()
		if _, err := layer.Apply(ctx, part, bytes.NewReader(gz), layer.ApplyOptions{}); err != nil {
			return err
		}
		return filepath.WalkDir(part, func(path string, _ fs.DirEntry, err error) error {
			return errors.Join(err, os.Lchown(path, nobody, nobody))
		})
	})
}

// unpackOnce has fill make a directory under another name, and gives it its own
// once it is whole. Of several that do so at once the first one wins.
func unpackOnce(dir string, fill func(part string) error) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(filepath.Dir(dir), layer.PartialPrefix)
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	part := filepath.Join(scratch, "base")
	if err := fill(part); err != nil {
		return err
	}
	if err := os.Rename(part, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// unpackEngine returns the mini-docker that this program carries, named for the
// source that both were built from.
func unpackEngine(cache string) (string, error) {
	dir := filepath.Join(cache, "mini-docker-"+source.Stamp())
	path := filepath.Join(dir, "mini-docker")
	if _, err := os.Stat(path); err == nil && source.Stamp() != "" {
		return path, nil
	}
	program, ok := source.MiniDocker()
	if !ok {
		return "", errors.New("there is no mini-docker beside drydock, nor one in it: build both with `make build`")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(dir, ".partial-")
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(program)
	if err = errors.Join(err, f.Chmod(0o755), f.Close()); err != nil {
		return "", fmt.Errorf("unpacking mini-docker: %w", err)
	}
	return path, os.Rename(f.Name(), path)
}

// digest is enough of one to tell two builds apart.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return fmt.Sprintf("%x", sum[:8])
}
