package main

import (
	"bytes"
	"context"
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// wantedModules is what a stock Debian kernel has as modules and we need: first
// what the disk needs, then what containers and clusters need. A name that is
// built into the kernel costs nothing.
var wantedModules = []string{
	"virtio_pci", "virtio_blk", "ext4",
	"overlay", "loop", "tun",
	"bridge", "br_netfilter", "veth", "vxlan",
	"nf_tables", "nf_conntrack_netlink", "nft_chain_nat", "nft_nat", "nft_masq", "nft_redir",
	"nft_ct", "nft_fib_inet", "nft_reject_inet", "nft_limit", "nft_log", "nft_numgen", "nft_hash", "nft_objref",
}

// A module is one .ko file, whole.
type module struct {
	name  string
	image []byte
}

// loadOrder returns the wanted modules and all they depend on, each after its
// dependencies: the order in which finit_module(2) takes them. Nothing in the
// machine loads modules on demand as udev and modprobe would.
//
// The package comes without modules.dep, which depmod writes when it is
// installed; but each module names its dependencies in its .modinfo section.
func loadOrder(ctx context.Context, dir string, wanted []string) ([]module, error) {
	files, err := moduleFiles(dir)
	if err != nil {
		return nil, err
	}
	builtin, err := os.ReadFile(filepath.Join(dir, "modules.builtin"))
	if err != nil {
		return nil, err
	}
	in := map[string]bool{}
	for line := range strings.Lines(string(builtin)) {
		in[moduleName(strings.TrimSpace(line))] = true
	}
	var order []module
	var add func(name string) error
	add = func(name string) error {
		if in[name] {
			return nil
		}
		in[name] = true
		path, ok := files[name]
		if !ok {
			return fmt.Errorf("the kernel in %s has no module %s", dir, name)
		}
		image, err := readModule(ctx, path)
		if err != nil {
			return err
		}
		needs, err := neededModules(image)
		if err != nil {
			return fmt.Errorf("reading module %s: %w", path, err)
		}
		for _, need := range needs {
			if err := add(need); err != nil {
				return fmt.Errorf("module %s: %w", name, err)
			}
		}
		order = append(order, module{name, image})
		return nil
	}
	for _, name := range wanted {
		if err := add(name); err != nil {
			return nil, err
		}
	}
	return order, nil
}

// moduleFiles finds every module below dir by name.
func moduleFiles(dir string) (map[string]string, error) {
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.Contains(d.Name(), ".ko") {
			files[moduleName(path)] = path
		}
		return err
	})
	return files, err
}

// moduleName is how modules name one another: kernel/net/x-y.ko.xz is x_y.
func moduleName(path string) string {
	name, _, _ := strings.Cut(filepath.Base(path), ".ko")
	return strings.ReplaceAll(name, "-", "_")
}

// readModule reads a module; Debian compresses them since trixie.
func readModule(ctx context.Context, path string) ([]byte, error) {
	if !strings.HasSuffix(path, ".xz") {
		return os.ReadFile(path)
	}
	image, err := output(ctx, ".", "xz", "-dc", path)
	return []byte(image), err
}

// neededModules returns the names after depends= in a module's .modinfo.
func neededModules(image []byte) ([]string, error) {
	f, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		return nil, err
	}
	section := f.Section(".modinfo")
	if section == nil {
		return nil, fmt.Errorf("no .modinfo section")
	}
	info, err := section.Data()
	if err != nil {
		return nil, err
	}
	for field := range strings.SplitSeq(string(info), "\x00") {
		if list, ok := strings.CutPrefix(field, "depends="); ok && list != "" {
			return strings.Split(strings.ReplaceAll(list, "-", "_"), ","), nil
		}
	}
	return nil, nil
}
