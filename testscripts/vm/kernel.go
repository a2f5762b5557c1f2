package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A kernel is Debian's, as its package holds it, and what little else of Debian
// the machine has.
type kernel struct {
	image   string // vmlinuz
	modules string // lib/modules/VERSION
	tools   string // a tree with a static busybox, newuidmap and newgidmap
}

// toolPackages fill kernel.tools: a shell and tools, and the two programs that
// let an ordinary user map more than one id, with their libraries (further ones
// are named by uidmap itself).
var toolPackages = []string{"busybox-static", "uidmap", "libcap-ng0", "libpcre2-8-0"}

// debianKernel returns what the packages hold that earlier runs unpacked in
// dir, and asks apt for them only where dir has none: once they are there, no
// network is needed. They are unpacked, not installed, so that nothing on the
// host changes and no privilege is asked for. Without the folder, the next run
// takes the newest.
func debianKernel(ctx context.Context, dir string) (kernel, error) {
	tools := filepath.Join(dir, "tools")
	if err := os.MkdirAll(tools, 0o755); err != nil {
		return kernel{}, err
	}
	if k, ok := unpacked(dir); ok {
		return k, nil
	}
	// The cloud flavour is a package without content that depends on the
	// newest one with a version in its name.
	images, err := dependencies(ctx, "linux-image-cloud-amd64", "linux-image-")
	if err != nil {
		return kernel{}, fmt.Errorf("asking apt for Debian's kernel (Debian is needed, and `apt-get update`): %w", err)
	}
	libraries, err := dependencies(ctx, "uidmap", "lib")
	if err != nil {
		return kernel{}, err
	}
	if err := unpack(ctx, tools, append(libraries, toolPackages...)); err != nil {
		return kernel{}, err
	}
	if err := unpack(ctx, dir, images); err != nil {
		return kernel{}, err
	}
	k, ok := unpacked(dir)
	if !ok {
		return kernel{}, fmt.Errorf("the packages in %s hold no kernel with modules, busybox and newuidmap: remove the folder and try again", dir)
	}
	return k, nil
}

// unpack downloads packages and extracts them in dir. The packages themselves go
// again: what they hold is all that is needed.
func unpack(ctx context.Context, dir string, packages []string) error {
	if _, err := output(ctx, dir, append([]string{"apt-get", "download"}, packages...)...); err != nil {
		return fmt.Errorf("downloading %s into %s: %w", strings.Join(packages, ", "), dir, err)
	}
	debs, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil {
		return err
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
		k := kernel{image: image, tools: filepath.Join(dir, "tools")}
		// Debian's lib is a link to usr/lib since trixie, and so are its packages.
		for _, lib := range []string{"usr/lib", "lib"} {
			k.modules = filepath.Join(dir, lib, "modules", version)
			if exist(k.modules+"/modules.builtin") && k.busybox() != "" && k.mapsIDs() {
				return k, true
			}
		}
	}
	return kernel{}, false
}

// busybox is the path of the static busybox, or "".
func (k kernel) busybox() string {
	for _, bin := range []string{"bin", "usr/bin"} {
		if path := filepath.Join(k.tools, bin, "busybox"); exist(path) {
			return path
		}
	}
	return ""
}

// mapsIDs says whether newuidmap and newgidmap are there with the bit that makes
// them root's (chmod(2), S_ISUID). Without it they start, and are refused
// everything: better to find that here than as a riddle in the machine.
func (k kernel) mapsIDs() bool {
	for _, name := range []string{"newuidmap", "newgidmap"} {
		info, err := os.Stat(filepath.Join(k.tools, "usr/bin", name))
		if err != nil || info.Mode()&fs.ModeSetuid == 0 {
			return false
		}
	}
	return true
}

// dependencies returns the packages that a package depends on and whose names
// begin with prefix.
func dependencies(ctx context.Context, name, prefix string) ([]string, error) {
	control, err := output(ctx, ".", "apt-cache", "show", "--no-all-versions", name)
	if err != nil {
		return nil, err
	}
	var found []string
	for line := range strings.Lines(control) {
		list, _ := strings.CutPrefix(line, "Depends: ")
		for dependency := range strings.SplitSeq(list, ",") {
			dependency, _, _ = strings.Cut(strings.TrimSpace(dependency), " ")
			if list != line && strings.HasPrefix(dependency, prefix) {
				found = append(found, dependency)
			}
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("package %s depends on no %s…", name, prefix)
	}
	return found, nil
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
