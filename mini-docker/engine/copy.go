package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"drydock/mini-docker/engine/carry"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/filesystem"

	"golang.org/x/sys/unix"
)

// CopyOptions are those of `docker cp`.
type CopyOptions struct {
	Archive    bool // files keep their owners
	FollowLink bool // a link that the source is, is followed
}

// CopyFrom copies a container's file, or directory with all below it, to an absolute
// path of the host, and returns the bytes of the archive that went between.
func (e *Engine) CopyFrom(ctx context.Context, c *container.Container, source, dest string, o CopyOptions) (int64, error) {
	files, from, err := e.source(ctx, c, source, o)
	if err != nil {
		return 0, err
	}
	defer files.Close()
	defer from.Close()
	to, err := carry.Find(carry.Host{}, dest, true)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, invalidf("invalid output path: directory %q does not exist", path.Dir(path.Clean(dest)))
	}
	if err != nil {
		return 0, err
	}
	defer to.Close()
	return copyBetween(ctx, from, to, carry.Owners{Keep: o.Archive})
}

// CopyOut writes a container's file or directory as a tar archive.
func (e *Engine) CopyOut(ctx context.Context, c *container.Container, source string, w io.Writer, o CopyOptions) error {
	files, from, err := e.source(ctx, c, source, o)
	if err != nil {
		return err
	}
	defer files.Close()
	defer from.Close()
	return carry.Pack(ctx, from, from.ArchiveName(), w)
}

// source opens what is to be copied out.
func (e *Engine) source(ctx context.Context, c *container.Container, name string, o CopyOptions) (*filesystem.Files, *carry.Place, error) {
	files, err := e.OpenFiles(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	from, err := files.Find(name, o.FollowLink)
	if err == nil {
		if err = from.AsSource(); errors.Is(err, fs.ErrNotExist) {
			err = files.Missing(name)
		}
		if err != nil {
			from.Close()
		}
	}
	if err != nil {
		files.Close()
		return nil, nil, err
	}
	return files, from, nil
}

// CopyTo copies a file of the host, or a directory with all below it, from an
// absolute path into a container. Without o.Archive the files are root's there.
func (e *Engine) CopyTo(ctx context.Context, c *container.Container, source, dest string, o CopyOptions) (int64, error) {
	from, err := carry.Find(carry.Host{}, source, o.FollowLink)
	if err == nil {
		defer from.Close()
		err = from.AsSource()
	}
	if errors.Is(err, fs.ErrNotExist) {
		return 0, invalidf("lstat %s: no such file or directory", path.Clean(source))
	}
	if err != nil {
		return 0, err
	}
	files, to, err := e.destination(ctx, c, dest)
	if err != nil {
		return 0, err
	}
	defer files.Close()
	defer to.Close()
	n, err := copyBetween(ctx, from, to, carry.Owners{Keep: o.Archive})
	return n, readOnly(err)
}

// CopyIn unpacks a tar archive in a directory of a container. The files belong to
// whom the archive says.
func (e *Engine) CopyIn(ctx context.Context, c *container.Container, dest string, r io.Reader) error {
	files, to, err := e.destination(ctx, c, dest)
	if err != nil {
		return err
	}
	defer files.Close()
	defer to.Close()
	if !to.IsDir() {
		return invalidf("destination \"%s:%s\" must be a directory", c.PlainName(), dest)
	}
	into, err := to.Dir.OpenRoot(to.Name)
	if err != nil {
		return err
	}
	defer into.Close()
	// One who is alone in a container has nobody to give files to.
	return readOnly(carry.Unpack(ctx, into, r, carry.Owners{Keep: os.Geteuid() == 0}))
}

// destination opens where something is to be put in a container.
func (e *Engine) destination(ctx context.Context, c *container.Container, name string) (*filesystem.Files, *carry.Place, error) {
	files, err := e.OpenFiles(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	to, err := files.Find(name, true)
	if err != nil {
		files.Close()
		return nil, nil, err
	}
	return files, to, nil
}

var errReadOnly = invalidf("container rootfs is marked read-only")

// readOnly words what the kernel says of a file system that is not to be written to.
func readOnly(err error) error {
	if errors.Is(err, unix.EROFS) {
		return fmt.Errorf("%w, or a volume mounted in it: %w", errReadOnly, err)
	}
	return err
}

func copyBetween(ctx context.Context, from, to *carry.Place, owners carry.Owners) (int64, error) {
	into, as, err := to.Receive(from)
	if err != nil {
		return 0, err
	}
	defer into.Close()
	return carry.Copy(ctx, from, as, into, owners)
}

// AbsolutePath is a path of the host from the root on. A slash or "/." that it ends
// in means something and stays.
func AbsolutePath(name string) (string, error) {
	if path.IsAbs(name) {
		return name, nil
	}
	here, err := os.Getwd()
	return here + "/" + name, err
}
