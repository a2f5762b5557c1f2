// Package site holds a static web site in memory: files by their path, which are
// written to a folder, served on loopback, or looked through for links that lead
// nowhere.
//
//	s := site.New()
//	s.Add("index.html", page)
//	broken := s.Broken()
//	err := s.Write(dir)
//
// What the pages say is not its business: that is package book.
package site

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Site is the files of a web site by their slash-separated path.
type Site struct{ files map[string][]byte }

// New returns a site without files.
func New() *Site { return &Site{files: map[string][]byte{}} }

// Add puts a file into the site. Two pages of one path would hide one another, so
// the second is an error.
func (s *Site) Add(name string, content []byte) error {
	if !fs.ValidPath(name) {
		return fmt.Errorf("adding %q to the site: not a path below it", name)
	}
	if _, taken := s.files[name]; taken {
		return fmt.Errorf("adding %s to the site: there is such a page already", name)
	}
	s.files[name] = content
	return nil
}

// Paths lists the files in order.
func (s *Site) Paths() []string { return slices.Sorted(maps.Keys(s.files)) }

// File returns the content of one file.
func (s *Site) File(name string) ([]byte, bool) {
	content, ok := s.files[name]
	return content, ok
}

// ErrNotEmpty is a folder that holds something: nothing in it is overwritten.
var ErrNotEmpty = errors.New("the folder is not empty: name one that is, or one that is not there yet")

// Write writes the site into a folder that is empty or not there yet.
func (s *Site) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the folder of the book: %w", err)
	}
	there, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("looking into the folder of the book: %w", err)
	}
	if len(there) > 0 {
		return fmt.Errorf("writing to %s: %w", dir, ErrNotEmpty)
	}
	// Some thousand pages stand in some hundred folders.
	var writing errgroup.Group
	writing.SetLimit(runtime.GOMAXPROCS(0))
	for folder, names := range s.folders() {
		writing.Go(func() error { return s.writeFolder(filepath.Join(dir, filepath.FromSlash(folder)), names) })
	}
	return writing.Wait()
}

// folders are the files of each folder, by their paths in the site.
func (s *Site) folders() map[string][]string {
	all := map[string][]string{}
	for name := range s.files {
		all[path.Dir(name)] = append(all[path.Dir(name)], name)
	}
	return all
}

// writeFolder makes a folder, and writes the files that stand in it.
func (s *Site) writeFolder(dir string, names []string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making a folder of the book: %w", err)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, path.Base(name)), s.files[name], 0o644); err != nil {
			return fmt.Errorf("writing the book: %w", err)
		}
	}
	return nil
}
