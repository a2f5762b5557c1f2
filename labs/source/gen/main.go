// Command gen writes what package source embeds: the module's source and,
// given -mini-docker, that program, both compressed. It is run by make build,
// anywhere in the module:
//
//	go run ./labs/source/gen -mini-docker bin/mini-docker
package main

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	miniDocker := flag.String("mini-docker", "", "the `program` to embed besides the source")
	flag.Parse()
	if err := run(*miniDocker); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(miniDocker string) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	files, err := list(root)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	if err := pack(&packed, root, files); err != nil {
		return err
	}
	out := filepath.Join(root, "labs/source/embedded")
	if err := write(filepath.Join(out, "source.tar.gz"), packed.Bytes()); err != nil {
		return err
	}
	if miniDocker == "" {
		return nil
	}
	program, err := os.ReadFile(miniDocker)
	if err != nil {
		return err
	}
	packed.Reset()
	if err := compress(&packed, program); err != nil {
		return fmt.Errorf("compressing %s: %w", miniDocker, err)
	}
	return write(filepath.Join(out, "mini-docker.gz"), packed.Bytes())
}

// compress gzips content; no name or time is stored, so that equal content
// gives equal bytes.
func compress(w *bytes.Buffer, content []byte) error {
	zip, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := zip.Write(content); err != nil {
		return err
	}
	return zip.Close()
}

// write replaces a file at once: a build that is interrupted embeds the old
// one or the new one.
func write(name string, content []byte) error {
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, content) {
		return nil
	}
	part := name + ".part"
	if err := os.WriteFile(part, content, 0o644); err != nil {
		return err
	}
	return os.Rename(part, name)
}

// moduleRoot is the nearest folder above the working directory with a go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("no go.mod here or above: run this inside the module")
		}
		dir = up
	}
}
