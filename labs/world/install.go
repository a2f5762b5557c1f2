package world

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"drydock/mini-docker/sandbox"
)

// Where a cluster that is made inside is reached: mini-k8s of root's, there.
const kubeconfig = "/var/lib/mini-k8s/mini-k8s/kubeconfig"

// kubectlOf is kubectl where the real one is not built.
const kubectlOf = `printf '#!/bin/sh\nexec mini-k8s kubectl "$@"\n' >` + binDir + `/kubectl && chmod 755 ` + binDir + `/kubectl`

// ErrNoOrchestrator says that there is no mini-k8s to put into a sandbox.
var ErrNoOrchestrator = errors.New("there is no mini-k8s beside drydock: build it with `make build`")

// HasOrchestrator says whether mini-k8s is there, to be put into sandboxes.
func (m Machine) HasOrchestrator() bool {
	_, err := os.Stat(m.MiniK8s)
	return err == nil
}

// InstallOrchestrator puts mini-k8s into the sandbox, with the real kubectl where it
// is built, and a kubectl that is mini-k8s' own where it is not. The sandbox may be
// in use: a program is there as a whole or not at all.
func (w *World) InstallOrchestrator(ctx context.Context, m Machine) error {
	if err := w.install(ctx, m.MiniK8s); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return ErrNoOrchestrator
		}
		return err
	}
	err := w.install(ctx, m.Kubectl)
	if errors.Is(err, fs.ErrNotExist) {
		return w.must(ctx, kubectlOf)
	}
	return err
}

// install puts a copy of a program into the sandbox, under its own name.
func (w *World) install(ctx context.Context, path string) error {
	program, err := os.Open(path)
	if err != nil {
		return err
	}
	defer program.Close()
	target := filepath.Join(binDir, filepath.Base(path))
	exit, err := w.Exec(ctx, sandbox.Command{
		Args:  []string{"/bin/sh", "-c", `cat >"$1.part" && chmod 755 "$1.part" && mv "$1.part" "$1"`, "sh", target},
		Stdin: program,
	})
	if err == nil && exit != 0 {
		err = fmt.Errorf("putting %s into the sandbox: exit status %d", filepath.Base(path), exit)
	}
	return err
}

// must runs commands inside that cannot fail but for a fault of ours.
func (w *World) must(ctx context.Context, commands string) error {
	output, exit, err := w.Script(ctx, commands)
	if err == nil && exit != 0 {
		err = fmt.Errorf("%s: exit status %d: %s", commands, exit, output)
	}
	return err
}
