package carry

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"

	"golang.org/x/sys/unix"
)

// A program's capabilities are the one attribute that goes along, as with Docker
// (capabilities(7), File capabilities); paxXattr is how tar(1) writes one.
const (
	capabilities = "security.capability"
	paxXattr     = "SCHILY.xattr."
)

// Pack writes what is at a place, a directory with all below it, as a tar archive in
// which it has the name as. Sockets are left out, they mean nothing without the
// process that listens; a device is an error.
func Pack(ctx context.Context, from *Place, as string, w io.Writer) error {
	p := &packer{ctx: ctx, dir: from.Dir, archive: tar.NewWriter(w), links: map[inode]string{}, buffer: make([]byte, 128<<10)}
	if err := p.add(from.Name, as); err != nil {
		return err
	}
	return p.archive.Close()
}

// packer is one Pack under way.
type packer struct {
	ctx     context.Context
	dir     *os.Root
	archive *tar.Writer
	links   map[inode]string // files with several names, by the first of them
	buffer  []byte
}

type inode struct{ dev, ino uint64 }

// add writes a file, and what is below it.
func (p *packer) add(name, as string) error {
	info, err := p.dir.Lstat(name)
	if err == nil {
		err = p.ctx.Err()
	}
	if err != nil {
		return err
	}
	stat := info.Sys().(*syscall.Stat_t)
	header := &tar.Header{
		Name: as, Mode: int64(stat.Mode & 0o7777), Uid: int(stat.Uid), Gid: int(stat.Gid),
		ModTime: info.ModTime(), Format: tar.FormatPAX,
	}
	switch info.Mode().Type() {
	case fs.ModeDir:
		return p.directory(header, name)
	case fs.ModeSymlink:
		header.Typeflag = tar.TypeSymlink
		if header.Linkname, err = p.dir.Readlink(name); err != nil {
			return err
		}
	case fs.ModeNamedPipe:
		header.Typeflag = tar.TypeFifo
	case fs.ModeSocket:
		return nil
	case 0:
		return p.file(header, name, inode{stat.Dev, stat.Ino}, stat.Nlink > 1)
	default:
		return fmt.Errorf("%s is a device: copying devices is not supported", name)
	}
	return p.archive.WriteHeader(header)
}

func (p *packer) directory(header *tar.Header, name string) error {
	dir, err := p.dir.OpenFile(name, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	entries, err := dir.ReadDir(-1)
	dir.Close()
	if err != nil {
		return err
	}
	as := header.Name
	header.Typeflag, header.Name = tar.TypeDir, as+"/"
	if err := p.archive.WriteHeader(header); err != nil {
		return err
	}
	for _, entry := range entries {
		err := p.add(path.Join(name, entry.Name()), as+"/"+entry.Name())
		if errors.Is(err, fs.ErrNotExist) {
			continue // it was removed meanwhile
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// file writes a regular file. It is opened as a name at first, which moves no
// device's tape and waits for no pipe, should one have taken its place.
func (p *packer) file(header *tar.Header, name string, id inode, isLinked bool) error {
	if first, known := p.links[id]; known {
		header.Typeflag, header.Linkname = tar.TypeLink, first
		return p.archive.WriteHeader(header)
	}
	at, err := p.dir.OpenFile(name, unix.O_PATH|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer at.Close()
	info, err := at.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s was replaced while it was read", name)
	}
	opened, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", at.Fd()))
	if err != nil {
		return &os.PathError{Op: "open", Path: name, Err: errors.Unwrap(err)}
	}
	defer opened.Close()
	if isLinked {
		p.links[id] = header.Name
	}
	header.Typeflag, header.Size = tar.TypeReg, info.Size()
	value := make([]byte, 64) // VFS_CAP_U32_3 and its two words, twenty-four bytes
	if n, err := unix.Fgetxattr(int(opened.Fd()), capabilities, value); err == nil {
		header.PAXRecords = map[string]string{paxXattr + capabilities: string(value[:n])}
	}
	if err := p.archive.WriteHeader(header); err != nil {
		return err
	}
	n, err := io.CopyBuffer(struct{ io.Writer }{p.archive}, io.LimitReader(&counter{ctx: p.ctx, r: opened}, header.Size), p.buffer)
	if err == nil && n < header.Size {
		err = fmt.Errorf("%s shrank while it was read", name)
	}
	return err
}
