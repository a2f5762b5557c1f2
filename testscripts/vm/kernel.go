package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A kernel is Debian's, as its package holds it.
type kernel struct {
	image   string // vmlinuz
	modules string // lib/modules/VERSION
	busybox string // a static busybox: the machine's shell and tools
}

// debianKernel returns the kernel and busybox of the packages in dir, and asks
// apt for them only where dir has none: once they are there, no network is
// needed. They are unpacked, not installed, so that nothing on the host changes
// and no privilege is asked for.
func debianKernel(ctx context.Context, dir string) (kernel, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return kernel{}, err
	}
	if k, ok := unpacked(dir); ok {
		return k, nil
	}
	// The cloud flavour is a package without content that depends on the
	// newest one with a version in its name.
	meta, err := output(ctx, dir, "apt-cache", "show", "--no-all-versions", "linux-image-cloud-amd64")
	if err != nil {
		return kernel{}, fmt.Errorf("asking apt for Debian's kernel (Debian or Ubuntu needed, and `apt-get update`): %w", err)
	}
	name := dependency(meta)
	if name == "" {
		return kernel{}, fmt.Errorf("apt's linux-image-cloud-amd64 names no kernel package")
	}
	if _, err := output(ctx, dir, "apt-get", "download", name, "busybox-static"); err != nil {
		return kernel{}, fmt.Errorf("downloading %s into %s: %w", name, dir, err)
	}
	for _, pattern := range []string{name + "_*.deb", "busybox-static_*.deb"} {
		if err := unpack(ctx, dir, pattern); err != nil {
			return kernel{}, err
		}
	}
	k, ok := unpacked(dir)
	if !ok {
		return kernel{}, fmt.Errorf("the packages in %s hold no kernel with modules and busybox: remove the folder and try again", dir)
	}
	return k, nil
}

// unpack extracts the package that matches the pattern and removes it: what it
// held is all that is needed.
func unpack(ctx context.Context, dir, pattern string) error {
	debs, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(debs) == 0 {
		return fmt.Errorf("apt left no %s in %s", pattern, dir)
	}
	for _, deb := range debs {
		if _, err := output(ctx, dir, "dpkg-deb", "-x", deb, "."); err != nil {
			return fmt.Errorf("unpacking %s: %w", deb, err)
		}
		if err := os.Remove(deb); err != nil {
			return err
		}
	}
	return nil
}

// unpacked finds what earlier runs left in dir.
func unpacked(dir string) (kernel, bool) {
	images, _ := filepath.Glob(filepath.Join(dir, "boot/vmlinuz-*"))
	for _, image := range images {
		version := strings.TrimPrefix(filepath.Base(image), "vmlinuz-")
		k := kernel{image: image, busybox: filepath.Join(dir, "bin/busybox")}
		// Debian's lib is a link to usr/lib since trixie, and so are its packages.
		for _, lib := range []string{"usr/lib", "lib"} {
			k.modules = filepath.Join(dir, lib, "modules", version)
			if exist(k.image, k.modules+"/modules.builtin", k.busybox) {
				return k, true
			}
		}
	}
	return kernel{}, false
}

// dependency returns the package that a package without content stands for.
func dependency(control string) string {
	for line := range strings.Lines(control) {
		if depends, ok := strings.CutPrefix(line, "Depends: "); ok {
			name, _, _ := strings.Cut(strings.TrimSpace(depends), " ")
			return name
		}
	}
	return ""
}

func exist(paths ...string) bool {
	for _, p := range paths {
		if _, err := os.Stat(p); err != nil {
			return false
		}
	}
	return true
}

// output runs a program in dir and returns what it printed; what it complained
// of becomes the error.
func output(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(args[:min(2, len(args))], " "), err, strings.TrimSpace(complaint.String()))
	}
	return string(out), nil
}
