package layer

import (
	"archive/tar"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// DiffOptions steer Diff.
type DiffOptions struct {
	// UserXattr: the overlay that wrote the directory was mounted with userxattr.
	UserXattr bool
	// MountPoints are paths that a runtime makes to mount upon. Where they are
	// empty they are left out, and directories with nothing else in them too: they
	// are the runtime's doing, not the container's.
	MountPoints []string
	// NotAfter is the latest time that a file may have in the layer; zero leaves all
	// as they are.
	NotAfter time.Time
}

// Diff writes what a container has changed, the upper directory of its overlay,
// as a layer: an uncompressed tar archive with whiteouts in the form of OCI
// image-spec layer.md. It returns the archive's digest.
//
// The same directory always makes the same bytes: entries are sorted, and only
// what belongs to a file is written, not where or when it was read. Nobody may
// write to the directory meanwhile. Sockets are left out, as in Docker: they mean
// nothing without the process that listens.
func Diff(ctx context.Context, dir string, w io.Writer, o DiffOptions) (DiffID, error) {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", fmt.Errorf("reading layer from %s: %w", dir, err)
	}
	defer unix.Close(fd)
	digest := sha256.New()
	p := &packer{
		ctx: ctx, euid: os.Geteuid(), egid: os.Getegid(), marks: marks(o.UserXattr), links: map[fileID]string{},
		archive: tar.NewWriter(io.MultiWriter(w, digest)), buffer: make([]byte, 256<<10),
		mountPoints: o.MountPoints, notAfter: o.NotAfter,
	}
	err = p.directory(fd, "")
	if err == nil {
		err = p.archive.Close()
	}
	if err != nil {
		return "", fmt.Errorf("reading layer from %s: %w", dir, err)
	}
	return diffID(digest), nil
}

// packer is one Diff under way.
type packer struct {
	ctx     context.Context
	archive *tar.Writer
	marks   string
	buffer  []byte
	euid    int
	egid    int
	links   map[fileID]string // files with several names, by the first of them

	mountPoints []string
	notAfter    time.Time
}

type fileID struct{ dev, ino uint64 }

// child is a name in a directory and what stands there.
type child struct {
	name    string
	stat    *unix.Stat_t
	removed bool // a whiteout
}

// directory writes a directory that is open, prefix being its path with a slash,
// and all below it.
func (p *packer) directory(fd int, prefix string) error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	all, err := p.children(fd)
	if err != nil {
		return fmt.Errorf("%s: %w", prefix, err)
	}
	children := slices.DeleteFunc(slices.Clone(all), func(c child) bool { return p.isMountPoint(fd, prefix, c) })
	if len(children) == 0 && len(all) > 0 && prefix != "" {
		return nil
	}
	if err := p.directoryEntry(fd, prefix); err != nil {
		return err
	}
	for _, c := range children {
		switch {
		case c.removed:
			err = p.marker(prefix + whiteoutPrefix + c.name)
		case c.stat.Mode&unix.S_IFMT == unix.S_IFDIR:
			err = p.subdirectory(fd, prefix, c)
		default:
			err = p.file(fd, prefix, c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isMountPoint says whether a child is there only to be mounted upon.
func (p *packer) isMountPoint(parent int, prefix string, c child) bool {
	if c.removed || !slices.Contains(p.mountPoints, prefix+c.name) {
		return false
	}
	if c.stat.Mode&unix.S_IFMT == unix.S_IFREG {
		return c.stat.Size == 0
	}
	fd, err := unix.Openat(parent, c.name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	names, err := readNames(fd)
	return err == nil && len(names) == 0
}

// children are sorted, whiteouts first: layer.md asks for that, so that who
// unpacks can remove before he adds.
func (p *packer) children(fd int) ([]child, error) {
	names, err := readNames(fd)
	if err != nil {
		return nil, err
	}
	children := make([]child, 0, len(names))
	for _, name := range names {
		if IsReserved(name) {
			return nil, fmt.Errorf("%q: %w", name, ErrReservedName)
		}
		c := child{name: name}
		if c.stat, err = statAt(fd, name); err != nil {
			return nil, err
		}
		if c.removed, err = isWhiteout(fd, name, c.stat, p.marks); err != nil {
			return nil, err
		}
		children = append(children, c)
	}
	slices.SortFunc(children, func(a, b child) int {
		if a.removed != b.removed {
			if a.removed {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.name, b.name)
	})
	return children, nil
}

// directoryEntry writes a directory itself, and the marker if it is opaque.
func (p *packer) directoryEntry(fd int, prefix string) error {
	st, err := statAt(fd, ".")
	if err != nil {
		return err
	}
	header := p.newHeader(cmp.Or(prefix, "./"), st)
	header.Typeflag = tar.TypeDir
	if err := p.write(fd, ".", header); err != nil {
		return err
	}
	opaque, err := isOpaque(fd, ".", p.marks)
	if err != nil || !opaque {
		return err
	}
	return p.marker(prefix + opaqueMarker)
}

func (p *packer) subdirectory(parent int, prefix string, c child) error {
	fd, err := unix.Openat(parent, c.name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("%s%s: %w", prefix, c.name, err)
	}
	defer unix.Close(fd)
	return p.directory(fd, prefix+c.name+"/")
}

// marker writes an empty file whose name is the message. It has no time or owner
// worth keeping.
func (p *packer) marker(name string) error {
	return p.archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o600, ModTime: time.Unix(0, 0)})
}

// file writes all that is not a directory.
func (p *packer) file(parent int, prefix string, c child) error {
	header := p.newHeader(prefix+c.name, c.stat)
	if first, known := p.links[fileID{c.stat.Dev, c.stat.Ino}]; known {
		header.Typeflag, header.Linkname = tar.TypeLink, first
		return p.archive.WriteHeader(header)
	}
	if c.stat.Mode&unix.S_IFMT == unix.S_IFSOCK {
		return nil
	}
	err := describe(header, parent, c.name, c.stat)
	if c.stat.Nlink > 1 {
		p.links[fileID{c.stat.Dev, c.stat.Ino}] = header.Name
	}
	if err == nil {
		err = p.write(parent, c.name, header)
	}
	if err == nil && header.Typeflag == tar.TypeReg && header.Size > 0 {
		err = p.content(parent, c)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", header.Name, err)
	}
	return nil
}

// describe says what kind of file it is, one that is neither a directory nor a
// socket.
func describe(header *tar.Header, parent int, name string, stat *unix.Stat_t) (err error) {
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		header.Typeflag, header.Size = tar.TypeReg, stat.Size
	case unix.S_IFLNK:
		header.Typeflag = tar.TypeSymlink
		header.Linkname, err = readLink(parent, name)
	case unix.S_IFIFO:
		header.Typeflag = tar.TypeFifo
	case unix.S_IFCHR, unix.S_IFBLK:
		header.Typeflag = tar.TypeChar
		if stat.Mode&unix.S_IFMT == unix.S_IFBLK {
			header.Typeflag = tar.TypeBlock
		}
		header.Devmajor, header.Devminor = int64(unix.Major(stat.Rdev)), int64(unix.Minor(stat.Rdev))
	}
	return err
}
