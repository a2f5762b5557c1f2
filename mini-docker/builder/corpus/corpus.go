// Package corpus holds Dockerfiles of the shapes that people write, each with its
// context and with what it builds: for tests of the builder, and for comparing it
// with others'.
//
//	shapes, err := corpus.Shapes()
//	err = shapes[0].Write(dir)
//
// A shape is a txtar file. Its first line says `docker` where Docker's own builder, not
// BuildKit alone, builds it too, and `run` where it starts containers. A file named
// `a -> b` is a symbolic link, `a => b` a hard one, and `a.tar!b` lies in an archive.
package corpus

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"embed"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

//go:embed shapes/*.txtar
var files embed.FS

// Want is the file of a shape that says what it builds. It is not of its context.
const Want = "want"

// Shape is a Dockerfile with its context.
type Shape struct {
	Name    string
	Docker  bool // Docker's builder without BuildKit can build it
	Run     bool // it starts containers
	Archive *txtar.Archive
}

// Shapes returns all of them, sorted by name.
func Shapes() ([]Shape, error) {
	entries, err := files.ReadDir("shapes")
	if err != nil {
		return nil, err
	}
	var shapes []Shape
	for _, entry := range entries {
		text, err := files.ReadFile("shapes/" + entry.Name())
		if err != nil {
			return nil, err
		}
		s := Shape{Name: strings.TrimSuffix(entry.Name(), ".txtar"), Archive: txtar.Parse(text)}
		for word := range strings.FieldsSeq(string(s.Archive.Comment)) {
			s.Docker = s.Docker || word == "docker"
			s.Run = s.Run || word == "run"
		}
		shapes = append(shapes, s)
	}
	return shapes, nil
}

// File returns the content of a file of the shape.
func (s Shape) File(name string) string {
	for _, each := range s.Archive.Files {
		if each.Name == name {
			return string(each.Data)
		}
	}
	return ""
}

// Write writes the context, with the Dockerfile, into a folder.
func (s Shape) Write(dir string) error {
	archives := map[string][]txtar.File{}
	for _, each := range s.Archive.Files {
		if archive, member, ok := strings.Cut(each.Name, "!"); ok {
			archives[archive] = append(archives[archive], txtar.File{Name: member, Data: each.Data})
			continue
		}
		if each.Name == Want {
			continue
		}
		if err := writeOne(dir, each); err != nil {
			return err
		}
	}
	for name, members := range archives {
		if err := writeTar(filepath.Join(dir, name), members); err != nil {
			return err
		}
	}
	return nil
}

func writeOne(dir string, file txtar.File) error {
	name, target, isLink := strings.Cut(file.Name, " -> ")
	hard, to, isHard := strings.Cut(name, " => ")
	path := filepath.Join(dir, hard)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	switch {
	case isLink:
		return os.Symlink(target, path)
	case isHard:
		return os.Link(filepath.Join(dir, to), path)
	}
	return os.WriteFile(path, file.Data, 0o644)
}

func writeTar(path string, members []txtar.File) error {
	var packed bytes.Buffer
	var w io.Writer = &packed
	done := func() error { return nil }
	if strings.HasSuffix(path, ".gz") {
		zipped := gzip.NewWriter(&packed)
		w, done = zipped, zipped.Close
	}
	archive := tar.NewWriter(w)
	for _, each := range members {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: each.Name, Mode: 0o640, Uid: 5, Gid: 6, Size: int64(len(each.Data))}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := archive.Write(each.Data); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	if err := done(); err != nil {
		return err
	}
	return os.WriteFile(path, packed.Bytes(), 0o644)
}
