package archive

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"drydock/mini-docker/image"
	"drydock/mini-docker/layer"
)

// maxFiles bounds the table of an archive's names: a layer is one file in it.
const maxFiles = 100_000

// files are the files of an archive, in an intake by now.
type files struct {
	in     *image.Intake
	blobs  map[string]v1.Descriptor // by name; digest and size
	links  map[string]string        // names that lead to others
	notify func(name string, size int64)
}

// take takes in one file.
func (f *files) take(ctx context.Context, name string, r io.Reader) error {
	if len(f.blobs)+len(f.links) >= maxFiles {
		return &layer.LimitError{What: "files", Limit: maxFiles}
	}
	digest, size, err := f.in.AddBlob(ctx, r)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the archive ends in the middle of its file %q: %w", name, err)
	}
	if err != nil {
		return fmt.Errorf("file %q of the archive: %w", name, err)
	}
	name = path.Clean("/" + name)[1:]
	// A layout names its blobs by their digests: a lie is told here, where it is
	// known which file lies.
	if want, ok := strings.CutPrefix(name, ociBlobs); ok && want != digest.Hex {
		return fmt.Errorf("file %q of the archive: %w: it has sha256:%s", name, ErrDigest, digest.Hex)
	}
	f.blobs[name] = v1.Descriptor{Digest: digest, Size: size}
	if f.notify != nil {
		f.notify(name, size)
	}
	return nil
}

// takeTar takes in all files of a tar archive.
func (f *files) takeTar(ctx context.Context, r io.Reader) error {
	plain, err := layer.NewReader(ctx, r, layer.Limits{})
	if err != nil {
		return err
	}
	defer plain.Close()
	for archive := tar.NewReader(plain); ; {
		header, err := archive.Next()
		if err == io.EOF {
			// What follows is padding: read, so that whoever writes into a pipe
			// does not die of it.
			_, err := io.Copy(io.Discard, plain)
			return err
		}
		if err != nil {
			return fmt.Errorf("reading archive: %w", err)
		}
		switch header.Typeflag {
		case tar.TypeReg:
			err = f.take(ctx, header.Name, archive)
		case tar.TypeSymlink:
			// `docker save` wrote the second of two equal layers as one.
			err = f.link(header.Name, path.Join(path.Dir(header.Name), header.Linkname))
		case tar.TypeLink:
			err = f.link(header.Name, header.Linkname)
		}
		if err != nil {
			return err
		}
	}
}

func (f *files) link(name, target string) error {
	if len(f.blobs)+len(f.links) >= maxFiles {
		return &layer.LimitError{What: "files", Limit: maxFiles}
	}
	f.links[path.Clean("/" + name)[1:]] = path.Clean("/" + target)[1:]
	return nil
}

// takeDirectory takes in an OCI layout that is not packed.
func (f *files) takeDirectory(ctx context.Context, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		file, err := root.Open(filepath.FromSlash(name))
		if err != nil {
			return err
		}
		return errors.Join(f.take(ctx, name, file), file.Close())
	})
}

// find looks a name up. Links are followed in the table only, and not for ever.
func (f *files) find(name string) (v1.Descriptor, error) {
	at := path.Clean("/" + name)[1:]
	for range 10 {
		if blob, ok := f.blobs[at]; ok {
			return blob, nil
		}
		next, ok := f.links[at]
		if !ok {
			break
		}
		at = next
	}
	return v1.Descriptor{}, fmt.Errorf("%q is not in the archive: %w", name, fs.ErrNotExist)
}

// read reads a whole document.
func (f *files) read(name string) ([]byte, error) {
	blob, err := f.find(name)
	if err != nil {
		return nil, err
	}
	if blob.Size > image.MaxDocument {
		return nil, fmt.Errorf("%s of the archive: %w", name, &layer.LimitError{What: "bytes", Limit: image.MaxDocument})
	}
	file, err := f.in.OpenBlob(blob.Digest)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

func (f *files) readJSON(name string, into any) error {
	text, err := f.read(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s of the archive: %w", name, err)
	}
	return nil
}
