package builder

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"drydock/mini-docker/builder/transfer"
	"drydock/mini-docker/engine"
	"drydock/mini-docker/image"
	"drydock/mini-docker/layer/stack"
)

// Archive writes all files of an image as one tar archive: `build -o type=tar`.
func Archive(ctx context.Context, e *engine.Engine, i *image.Image, w io.Writer) error {
	store, err := e.Images(ctx)
	if err != nil {
		return err
	}
	dirs, err := store.Layers(ctx, i)
	if err != nil {
		return err
	}
	if len(dirs) == 0 {
		return tar.NewWriter(w).Close()
	}
	job, err := transfer.New(transfer.Request{
		From: transfer.Source{Files: stack.New(dirs...), KeepOwners: true}, Into: stack.New(), Paths: []string{"."}, Dest: "/",
	})
	if err != nil {
		return err
	}
	return job.Write(ctx, w)
}

// Export writes all files of an image into a folder, which may have others already:
// `build -o DIR`. They belong to the caller, and no link in it or in the image leads
// out of the folder.
func Export(ctx context.Context, e *engine.Engine, i *image.Image, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	ours, theirs := io.Pipe()
	written := make(chan error, 1)
	go func() {
		err := Archive(ctx, e, i, theirs)
		theirs.CloseWithError(err)
		written <- err
	}()
	err = extract(root, tar.NewReader(ours))
	ours.CloseWithError(err)
	return errors.Join(err, <-written)
}

func extract(root *os.Root, archive *tar.Reader) error {
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = extractOne(root, header, archive)
		}
		if err != nil {
			return fmt.Errorf("writing what was built: %w", err)
		}
	}
}

func extractOne(root *os.Root, header *tar.Header, content io.Reader) error {
	name := path.Clean(header.Name)
	mode := header.FileInfo().Mode()
	if header.Typeflag == tar.TypeDir {
		if err := root.MkdirAll(name, 0o755); err != nil {
			return err
		}
		return root.Chmod(name, mode.Perm()|0o700) // what is in it follows
	}
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	if err := root.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	switch header.Typeflag {
	case tar.TypeSymlink:
		return root.Symlink(header.Linkname, name)
	case tar.TypeLink:
		return root.Link(header.Linkname, name)
	}
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode.Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	err = errors.Join(err, file.Chmod(mode.Perm()), file.Close())
	if err == nil {
		err = root.Chtimes(name, header.ModTime, header.ModTime)
	}
	return err
}
