package stack

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"

	"golang.org/x/sys/unix"

	"drydock/mini-docker/layer"
)

// Pack writes the directory at a name, and all below it as it is seen, as one tar
// archive without whiteouts. The directory itself is the archive's root.
func (t *Tree) Pack(ctx context.Context, name string, w io.Writer) error {
	p := &packing{tree: t, top: name, archive: tar.NewWriter(w), links: map[fileID]string{}, buffer: make([]byte, 256<<10)}
	err := fs.WalkDir(t, name, func(at string, _ fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = p.add(at)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("packing %s: %w", name, err)
	}
	return p.archive.Close()
}

// packing is one Pack under way.
type packing struct {
	tree    *Tree
	top     string
	archive *tar.Writer
	links   map[fileID]string // files with several names, by the first of them
	buffer  []byte
}

type fileID struct{ dev, ino uint64 }

// add writes one file.
func (p *packing) add(name string) error {
	found, err := p.tree.find(name)
	if err != nil {
		return err
	}
	header, err := layer.Describe(found[0], p.inArchive(name))
	if err != nil || header == nil {
		return err
	}
	info, err := os.Lstat(found[0])
	if err != nil {
		return err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Nlink > 1 && header.Typeflag != tar.TypeDir {
		id := fileID{stat.Dev, stat.Ino}
		if first, known := p.links[id]; known {
			header.Typeflag, header.Linkname, header.Size, header.PAXRecords = tar.TypeLink, first, 0, nil
			return p.archive.WriteHeader(header)
		}
		p.links[id] = header.Name
	}
	if err := p.archive.WriteHeader(header); err != nil || header.Typeflag != tar.TypeReg {
		return err
	}
	return p.content(found[0], header.Size)
}

// inArchive is the name that a file gets.
func (p *packing) inArchive(name string) string {
	if name == p.top {
		return "."
	}
	if p.top == "." {
		return name
	}
	return name[len(path.Clean(p.top))+1:]
}

func (p *packing) content(file string, size int64) error {
	// Not through a link, and not to wait for a pipe's other end.
	opened, err := os.OpenFile(file, unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer opened.Close()
	n, err := io.CopyBuffer(struct{ io.Writer }{p.archive}, io.LimitReader(opened, size), p.buffer)
	if err == nil && n < size {
		err = fmt.Errorf("%s: it shrank while it was read", file)
	}
	return err
}
