package transfer

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"drydock/mini-docker/layer"
)

// Write writes the layer. The same files always make the same bytes.
func (j *Job) Write(ctx context.Context, w io.Writer) error {
	return j.pack(ctx, w, nil)
}

// Content is what a Job copies, as a digest for each file: two that are equal make
// the same layer, but for the times of the files. Who only touches a file has not
// changed it.
type Content []string

// Digest reads everything that would be written.
func (j *Job) Digest(ctx context.Context) (Content, error) {
	var content Content
	sum := sha256.New()
	err := j.pack(ctx, sum, func(name string) {
		content = append(content, hex.EncodeToString(sum.Sum(nil))+" "+name)
		sum.Reset()
	})
	return content, err
}

// pack writes the archive. With a function done it writes no times, and calls done
// after each item.
func (j *Job) pack(ctx context.Context, w io.Writer, done func(name string)) error {
	p := &packer{
		Job: j, ctx: ctx, archive: tar.NewWriter(w), timeless: done != nil, buffer: make([]byte, 128<<10),
		written: map[string]bool{".": true}, linked: map[inode]string{},
	}
	for _, dir := range j.dirs {
		if err := p.ancestors(dir, p.attribute); err != nil {
			return err
		}
	}
	for _, each := range j.items {
		err := ctx.Err()
		if err == nil {
			err = p.item(each)
		}
		if err == nil {
			err = p.archive.Flush()
		}
		if err != nil {
			return fmt.Errorf("copying %s: %w", each.name(), err)
		}
		if done != nil {
			done(each.name())
		}
	}
	if done != nil { // what the directories on the way are like counts too
		defer done("")
	}
	return p.archive.Close()
}

func (i item) name() string {
	if i.inline != nil {
		return i.inline.Name
	}
	return i.from
}

// packer is a layer that is being written.
type packer struct {
	*Job
	ctx      context.Context
	archive  *tar.Writer
	timeless bool
	buffer   []byte
	written  map[string]bool  // directories that the layer has
	linked   map[inode]string // files with several names, by the first of them
}

type inode struct{ dev, ino uint64 }

func (p *packer) item(i item) error {
	switch {
	case i.inline != nil:
		return p.inline(i)
	case i.archive:
		return p.unpack(i.from, i.to)
	}
	return p.entry(i)
}

// ancestors writes a directory and those above it, unless the layer has them. One
// that the image has is written as it is there; one that it has not is made, with what
// attribute gives it.
func (p *packer) ancestors(dir string, attribute func(*tar.Header)) error {
	if p.written[dir] {
		return nil
	}
	if err := p.ancestors(path.Dir(dir), attribute); err != nil {
		return err
	}
	header := &tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: 0o755, ModTime: time.Unix(0, 0)}
	info, err := p.Into.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		attribute(header)
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("/%s is not a directory in the image", dir)
	default:
		stat := info.Sys().(*syscall.Stat_t)
		header.Mode, header.ModTime = int64(stat.Mode&0o7777), info.ModTime()
		header.Uid, header.Gid = ownIsRoot(stat)
	}
	return p.header(header)
}

// entry writes what a tree holds. A socket is left out: it is nothing without the
// process that listens, and archives know none.
func (p *packer) entry(i item) error {
	info, err := p.From.Files.Lstat(i.from)
	if err != nil {
		return err
	}
	if err := p.ancestors(path.Dir(i.to), p.attribute); err != nil {
		return err
	}
	header := &tar.Header{Name: i.to, Mode: int64(info.Mode().Perm()), ModTime: info.ModTime()}
	stat, known := info.Sys().(*syscall.Stat_t)
	if known {
		header.Mode = int64(stat.Mode & 0o7777)
	}
	if known && p.From.KeepOwners {
		header.Uid, header.Gid = ownIsRoot(stat)
	}
	p.attribute(header)
	switch info.Mode().Type() {
	case fs.ModeDir:
		if standing, err := p.Into.Lstat(i.to); err == nil && !standing.IsDir() {
			return fmt.Errorf("cannot copy to non-directory: /%s", i.to)
		}
		header.Typeflag = tar.TypeDir
		return p.header(header)
	case fs.ModeSymlink:
		header.Typeflag, header.Mode = tar.TypeSymlink, 0o777
		if header.Linkname, err = p.From.Files.ReadLink(i.from); err != nil {
			return err
		}
		return p.header(header)
	case 0:
		if known && stat.Nlink > 1 {
			if first, ok := p.linked[inode{stat.Dev, stat.Ino}]; ok {
				header.Typeflag, header.Linkname = tar.TypeLink, first
				return p.header(header)
			}
			p.linked[inode{stat.Dev, stat.Ino}] = i.to
		}
		return p.file(header, i.from, info.Size())
	}
	return p.special(header, info.Mode().Type(), stat)
}

// special writes a named pipe or a device.
func (p *packer) special(header *tar.Header, kind fs.FileMode, stat *syscall.Stat_t) error {
	switch kind {
	case fs.ModeSocket:
		return nil
	case fs.ModeNamedPipe:
		header.Typeflag = tar.TypeFifo
	case fs.ModeDevice:
		header.Typeflag = tar.TypeBlock
	case fs.ModeDevice | fs.ModeCharDevice:
		header.Typeflag = tar.TypeChar
	default:
		return fmt.Errorf("it is a %s, and only files, directories, links, pipes and devices can be copied", kind)
	}
	if header.Typeflag != tar.TypeFifo && stat != nil {
		header.Devmajor, header.Devminor = int64(unix.Major(stat.Rdev)), int64(unix.Minor(stat.Rdev))
	}
	return p.header(header)
}

// attribute gives a file the owner and mode that are asked for.
func (p *packer) attribute(header *tar.Header) {
	p.give(header)
	if p.Mode != nil {
		header.Mode = *p.Mode
	}
}

func (p *packer) give(header *tar.Header) {
	if p.Owner != nil {
		header.Uid, header.Gid = p.Owner.UID, p.Owner.GID
	}
}

func (p *packer) file(header *tar.Header, from string, size int64) error {
	file, err := p.From.Files.Open(from)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := addXattrs(header, file); err != nil {
		return err
	}
	return p.content(header, file, size)
}

func (p *packer) content(header *tar.Header, r io.Reader, size int64) error {
	header.Typeflag, header.Size = tar.TypeReg, size
	if err := p.header(header); err != nil {
		return err
	}
	n, err := io.CopyBuffer(struct{ io.Writer }{p.archive}, io.LimitReader(r, size), p.buffer)
	if err == nil && n < size {
		err = errors.New("it shrank while it was read")
	}
	return err
}

// inline writes what does not come from a tree.
func (p *packer) inline(i item) error {
	if err := p.ancestors(path.Dir(i.to), p.attribute); err != nil {
		return err
	}
	header := &tar.Header{Name: i.to, Mode: i.inline.Mode, ModTime: i.inline.Time}
	p.attribute(header)
	if i.inline.Path == "" {
		return p.content(header, bytes.NewReader(i.inline.Data), int64(len(i.inline.Data)))
	}
	file, err := os.Open(i.inline.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return p.content(header, file, info.Size())
}

// header begins an entry. No file means a whiteout here: it would remove a file of
// the image unseen.
func (p *packer) header(header *tar.Header) error {
	if layer.IsReserved(path.Base(header.Name)) {
		return fmt.Errorf("/%s: %w", header.Name, layer.ErrReservedName)
	}
	header.Format = tar.FormatPAX
	if header.Typeflag == tar.TypeDir {
		p.written[header.Name] = true
		header.Name += "/"
	}
	switch {
	case p.timeless:
		header.ModTime = time.Unix(0, 0)
	case !p.NotAfter.IsZero() && header.ModTime.After(p.NotAfter):
		header.ModTime = p.NotAfter
	}
	header.AccessTime, header.ChangeTime = time.Time{}, time.Time{}
	return p.archive.WriteHeader(header)
}
