// Package world opens the sandboxes that lessons and labs run in, with the
// programs that belong into them.
//
//	m, err := world.Prepare(cache, bin)
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
	"drydock/mini-docker/sandbox/private"
)

// Machine is what every sandbox on this machine is made from.
type Machine struct {
	Drydock    string // runs scripts inside, and answers there
	MiniDocker string // the engine that is put into sandboxes

	cache string
}

// Scratch is the directory below cache that sandboxes may use while they run.
func Scratch(cache string) string { return filepath.Join(cache, "scratch") }

// Prepare finds drydock and mini-docker in the directory bin, and unpacks what
// is missing below cache.
func Prepare(cache, bin string) (_ Machine, err error) {
	m := Machine{Drydock: filepath.Join(bin, "drydock"), MiniDocker: filepath.Join(bin, "mini-docker"), cache: cache}
	if err := private.Dir(cache); err != nil {
		return m, explain(err)
	}
	if _, err := os.Stat(m.MiniDocker); err != nil {
		if m.MiniDocker, err = unpackEngine(cache); err != nil {
			return m, explain(err)
		}
	}
	return m, nil
}

// base returns the unpacked base layer as it belongs to a user, who is to be root
// inside: nobody else could read /root of it.
func (m Machine) base(ctx context.Context, owner int) (string, error) {
	gz, ok := base.Layer()
	if !ok {
		return "", errors.New("this drydock was built without its base image: build it with `make build`")
	}
	dir := filepath.Join(m.cache, fmt.Sprintf("base-%s-%d", digest(gz), owner))
	return dir, unpackOnce(dir, func(part string) error {
		if _, err := layer.Apply(ctx, part, bytes.NewReader(gz), layer.ApplyOptions{UserXattr: layer.UserXattr()}); err != nil {
			return err
		}
		if owner == os.Geteuid() {
			return nil
		}
		return filepath.WalkDir(part, func(path string, _ fs.DirEntry, err error) error {
			return errors.Join(err, os.Lchown(path, owner, owner))
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
