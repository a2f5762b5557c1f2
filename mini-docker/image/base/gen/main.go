// Command gen writes the base layer of mini/box: box, a link to it for each of
// its applets, and the few files and directories that programs expect in a
// Linux system.
//
//	go run ./mini-docker/image/base/gen BOX [TARGET]
//
// The layer is the same, byte for byte, whenever box is: entries are sorted,
// times are zero, everything belongs to root.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
)

const target = "mini-docker/image/base/embedded/base.tar.gz"

func main() {
	if len(os.Args) < 2 || len(os.Args) > 3 {
		fmt.Fprintln(os.Stderr, "usage: gen BOX [TARGET]")
		os.Exit(2)
	}
	to := target
	if len(os.Args) == 3 {
		to = os.Args[2]
	}
	if err := write(os.Args[1], to); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// write makes the layer from the program at box and puts it at path whole, so
// that an interrupted run leaves no half layer to be embedded. One that is the
// same is left alone: another build may be reading this folder.
func write(box, path string) error {
	entries, err := entries(box)
	if err != nil {
		return err
	}
	gz, err := pack(entries)
	if err != nil {
		return err
	}
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, gz) {
		return nil
	}
	partial, err := os.CreateTemp(filepath.Dir(path), ".base-*")
	if err != nil {
		return fmt.Errorf("writing the layer: %w", err)
	}
	defer os.Remove(partial.Name())
	if _, err := partial.Write(gz); err != nil {
		return fmt.Errorf("writing the layer: %w", err)
	}
	if err := partial.Chmod(0o644); err != nil {
		return fmt.Errorf("writing the layer: %w", err)
	}
	if err := partial.Close(); err != nil {
		return fmt.Errorf("writing the layer: %w", err)
	}
	return os.Rename(partial.Name(), path)
}

// entries are all the layer's files but the parents, which pack adds.
func entries(box string) (map[string]entry, error) {
	program, err := os.ReadFile(box)
	if err != nil {
		return nil, fmt.Errorf("reading box: %w", err)
	}
	path, err := filepath.Abs(box)
	if err != nil {
		return nil, fmt.Errorf("finding box: %w", err)
	}
	list, err := exec.Command(path, "--list").Output()
	if err != nil {
		return nil, fmt.Errorf("asking box for its applets: %w", err)
	}
	all := tree()
	all["bin/box"] = entry{mode: 0o755, content: string(program)}
	for _, name := range strings.Fields(string(list)) {
		all[place(name)+"/"+name] = entry{link: "/bin/box"}
	}
	return all, nil
}

// pack writes the entries as a gzipped tar, parents before their children.
func pack(entries map[string]entry) ([]byte, error) {
	var paths []string
	for path := range entries {
		paths = append(paths, path)
	}
	sort.Strings(paths) // "usr" sorts before "usr/bin"
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	archive := tar.NewWriter(zip)
	for _, path := range paths {
		e := entries[path]
		if err := archive.WriteHeader(e.header(path)); err != nil {
			return nil, fmt.Errorf("packing %s: %w", path, err)
		}
		if _, err := archive.Write([]byte(e.content)); err != nil {
			return nil, fmt.Errorf("packing %s: %w", path, err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("packing the layer: %w", err)
	}
	if err := zip.Close(); err != nil {
		return nil, fmt.Errorf("packing the layer: %w", err)
	}
	return out.Bytes(), nil
}
