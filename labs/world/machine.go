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
	"sync"

	"drydock/labs/partial"
	"drydock/labs/source"
	"drydock/labs/world/runner"
	"drydock/mini-docker/image/base"
	"drydock/mini-docker/layer"
	"drydock/mini-docker/sandbox/private"
)

// Machine is what every sandbox on this machine is made from.
type Machine struct {
	Drydock    string // runs scripts inside, and answers there
	MiniDocker string // the engine that is put into sandboxes
	MiniK8s    string // the orchestrator, for lessons that need a cluster, if it is built
	Kubectl    string // the real one, if it is built
	Scratch    string // see sandbox.Spec

	cache string
}

// Scratch is the directory below cache that sandboxes may use while they run.
func Scratch(cache string) string { return filepath.Join(cache, "scratch") }

// ErrNoEngine says that there is no mini-docker to put into a sandbox.
var ErrNoEngine = errors.New("there is no mini-docker beside drydock, nor one in it: build both with `make build`")

// Prepare finds drydock and mini-docker in the directory bin, and unpacks what
// is missing below cache. That there is no engine at all is told by Open.
func Prepare(cache, bin string) (_ Machine, err error) {
	m := Machine{
		Drydock: filepath.Join(bin, "drydock"), MiniDocker: filepath.Join(bin, "mini-docker"),
		MiniK8s: filepath.Join(bin, "mini-k8s"), Kubectl: filepath.Join(bin, "kubectl"),
		Scratch: Scratch(cache), cache: cache,
	}
	if err := private.Dir(cache); err != nil {
		return m, explain(err)
	}
	if m.HasEngine() {
		return m, nil
	}
	unpacked, err := unpackEngine(cache)
	if err == nil {
		m.MiniDocker = unpacked
	} else if !errors.Is(err, ErrNoEngine) {
		return m, explain(err)
	}
	return m, nil
}

// HasEngine says whether mini-docker is there, to be put into sandboxes.
func (m Machine) HasEngine() bool {
	_, err := os.Stat(m.MiniDocker)
	return err == nil
}

// base returns the unpacked base layer as it belongs to a user, who is to be root
// inside: nobody else could read /root of it.
func (m Machine) base(ctx context.Context, owner int) (string, error) {
	gz, ok := base.Layer()
	if !ok {
		return "", errors.New("this drydock was built without its base image: build it with `make build`")
	}
	if m.cache == "" { // it would be unpacked to wherever this program happens to stand
		return "", errors.New("this machine was not prepared: world.Prepare says where its files lie")
	}
	dir := filepath.Join(m.cache, fmt.Sprintf("base-%s-%d", digest(gz), owner))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	return dir, partial.Make(dir, func(part string) error {
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
		return "", ErrNoEngine
	}
	err := partial.Make(path, func(part string) error { return os.WriteFile(part, program, 0o755) })
	if err != nil {
		return "", fmt.Errorf("unpacking mini-docker: %w", err)
	}
	return path, nil
}

// BaseDigest tells one base from another; "" for none.
func BaseDigest() string {
	gz, ok := base.Layer()
	if !ok {
		return ""
	}
	return digest(gz)
}

// digest is enough of one to tell two builds apart.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return fmt.Sprintf("%x", sum[:8])
}

// tutor is the path of what is to be Program inside: drydock, or the small program that
// runs scripts as it does, if this one carries it.
func (m Machine) tutor(small bool) (string, error) {
	name := runnerName()
	if !small || name == "" {
		return m.Drydock, nil
	}
	path := filepath.Join(m.cache, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	return path, partial.Make(path, func(part string) error { return os.WriteFile(part, runner.Program(), 0o755) })
}

// runnerName tells one runner from another; "" for none.
var runnerName = sync.OnceValue(func() string {
	program := runner.Program()
	if program == nil {
		return ""
	}
	return "runner-" + digest(program)
})
