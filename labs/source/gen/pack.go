package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// wanted are the files and folders at the module's top that a learner's tree
// needs to build, test and read.
var wanted = []string{
	".gitignore", "Makefile", "go.mod", "go.sum",
	"book", "cmd", "labs", "lessons", "mini-docker", "mini-k8s", "testscripts",
}

// made are files that version control does not know and the source cannot be
// built without: the content of the first image, and the shim.
var made = []string{"mini-docker/image/base/embedded/base.*", "mini-docker/shim/program/embedded/shim"}

// list returns the files to pack, sorted, with slashes, relative to root.
func list(root string) ([]string, error) {
	found, err := tracked(root)
	if err != nil {
		// Not a git checkout: a downloaded archive, or a learner's tree.
		if found, err = walk(root); err != nil {
			return nil, err
		}
	}
	for _, each := range made {
		more, err := filepath.Glob(filepath.Join(root, each))
		if err != nil {
			return nil, err
		}
		for _, name := range more {
			found = append(found, strings.TrimPrefix(name, root+"/"))
		}
	}
	found = slices.DeleteFunc(found, func(name string) bool {
		top, _, _ := strings.Cut(name, "/")
		info, err := os.Lstat(filepath.Join(root, name))
		return !slices.Contains(wanted, top) || embeds(name) || isFixLab(root, name) || strings.HasSuffix(name, ".part") ||
			err != nil || !info.Mode().IsRegular() // deleted, and not committed yet
	})
	slices.Sort(found)
	found = slices.Compact(found)
	if !slices.Contains(found, "go.mod") {
		return nil, fmt.Errorf("packing %s: no go.mod among its %d files", root, len(found))
	}
	return found, nil
}

// isFixLab reports whether a file is a fix lab. In one stand all its faults with
// their causes and repairs: a tree that a learner reads in every day is no place for
// them, and nothing that is built from the tree needs them.
func isFixLab(root, name string) bool {
	if ok, _ := path.Match("labs/[0-9][0-9]-*/*.txtar", name); !ok {
		return false
	}
	text, err := os.ReadFile(filepath.Join(root, name))
	return err == nil && bytes.Contains(text, []byte("\nkind: fix\n"))
}

// embeds reports whether a file is one of the archives made here: an archive
// that held itself would grow with every build.
func embeds(name string) bool {
	return strings.HasPrefix(name, "labs/source/embedded/") && strings.HasSuffix(name, ".gz")
}

// tracked asks git for the files it tracks and those it would. Only a checkout
// of this module counts, not one that the module happens to lie in.
func tracked(root string) ([]string, error) {
	if _, err := os.Stat(filepath.Join(root, ".git")); err != nil {
		return nil, err
	}
	git := exec.Command("git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z")
	out, err := git.Output()
	if err != nil {
		return nil, err
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 }), nil
}

// walk lists all files but those of hidden folders.
func walk(root string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != root && strings.HasPrefix(e.Name(), "."):
			return fs.SkipDir
		case !e.IsDir():
			found = append(found, strings.TrimPrefix(name, root+"/"))
		}
		return nil
	})
	return found, err
}

// pack writes the files as a gzipped tar without times and owners, so that the
// same source gives the same bytes on every machine.
func pack(w io.Writer, root string, files []string) error {
	zip, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(zip)
	for _, name := range files {
		content, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		header := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Format: tar.FormatUSTAR}
		if err := archive.WriteHeader(header); err != nil {
			return fmt.Errorf("packing %s: %w", name, err)
		}
		if _, err := archive.Write(content); err != nil {
			return fmt.Errorf("packing %s: %w", name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return zip.Close()
}
