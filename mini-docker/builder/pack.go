package builder

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"syscall"
	"time"
)

// write writes the layer of a COPY. The same files always make the same bytes.
func (j *copyJob) write(ctx context.Context, w io.Writer) error { return j.pack(ctx, w, false) }

// digest is the layer's without the times of its files: who only touches a file has
// not changed it.
func (j *copyJob) digest(ctx context.Context) (string, error) {
	sum := sha256.New()
	err := j.pack(ctx, sum, true)
	return hex.EncodeToString(sum.Sum(nil)), err
}

func (j *copyJob) pack(ctx context.Context, w io.Writer, timeless bool) error {
	p := &copyPacker{copyJob: j, archive: tar.NewWriter(w), timeless: timeless, buffer: make([]byte, 128<<10)}
	for _, dir := range j.dirs {
		if err := p.ancestor(dir); err != nil {
			return err
		}
	}
	for _, item := range j.items {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.item(item); err != nil {
			return fmt.Errorf("copying %s: %w", item.from, err)
		}
	}
	return p.archive.Close()
}

// copyPacker is a layer that is being written.
type copyPacker struct {
	*copyJob
	archive  *tar.Writer
	timeless bool
	buffer   []byte
}

// ancestor tells a directory that leads to what is copied. In an overlay the top
// layer's directory is the one that is seen, so one that the image has is told as
// it is there; one that it has not is made.
func (p *copyPacker) ancestor(dir string) error {
	header := &tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: 0o755, Uid: p.uid, Gid: p.gid, ModTime: time.Unix(0, 0)}
	info, err := p.into.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("/%s is not a directory in the image", dir)
	default:
		stat := info.Sys().(*syscall.Stat_t)
		header.Mode, header.ModTime = int64(stat.Mode&0o7777), info.ModTime()
		header.Uid, header.Gid = int(stat.Uid), int(stat.Gid)
		ownIsRoot(header)
	}
	return p.header(header)
}

// item writes a file or a directory. What is neither, nor a link, is refused: a
// device or a socket means nothing in an image.
func (p *copyPacker) item(item copyItem) error {
	info, err := p.from.files.Lstat(item.from)
	if err != nil {
		return err
	}
	header := &tar.Header{Name: item.to, Mode: int64(info.Mode().Perm()), Uid: p.uid, Gid: p.gid, ModTime: info.ModTime()}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		header.Mode = int64(stat.Mode & 0o7777)
	}
	if p.mode != nil {
		header.Mode = *p.mode
	}
	switch info.Mode().Type() {
	case fs.ModeDir:
		header.Typeflag, header.Name = tar.TypeDir, item.to+"/"
		return p.header(header)
	case fs.ModeSymlink:
		header.Typeflag = tar.TypeSymlink
		if header.Linkname, err = p.from.files.ReadLink(item.from); err != nil {
			return err
		}
		return p.header(header)
	case 0:
		return p.file(header, item.from, info.Size())
	}
	return fmt.Errorf("it is a %s, and only files, directories and links can be copied", info.Mode().Type())
}

func (p *copyPacker) file(header *tar.Header, from string, size int64) error {
	header.Typeflag, header.Size = tar.TypeReg, size
	if err := p.header(header); err != nil {
		return err
	}
	file, err := p.from.files.Open(from)
	if err != nil {
		return err
	}
	defer file.Close()
	n, err := io.CopyBuffer(struct{ io.Writer }{p.archive}, io.LimitReader(file, size), p.buffer)
	if err == nil && n < size {
		err = errors.New("it shrank while it was read")
	}
	return err
}

func (p *copyPacker) header(header *tar.Header) error {
	header.Format = tar.FormatPAX
	if p.timeless {
		header.ModTime = time.Unix(0, 0)
	}
	return p.archive.WriteHeader(header)
}

// makeWorkdir makes the directory of a WORKDIR where the image has none.
func (b *build) makeWorkdir(ctx context.Context, s *stage, to string) error {
	into, err := b.tree(s)
	if err != nil {
		return err
	}
	dir := workdir(&s.config.Config, to)
	at, err := into.Resolve(dir)
	if err != nil {
		return err
	}
	if info, err := into.Lstat(at); err == nil {
		if !info.IsDir() {
			return fmt.Errorf("cannot be WORKDIR: %s is not a directory in the image", dir)
		}
		return nil
	}
	job := &copyJob{into: into, dirs: ancestors(nil, at)}
	return b.writeLayer(ctx, s, s.key("WORKDIR", at), "WORKDIR "+path.Clean(dir), job.write)
}
