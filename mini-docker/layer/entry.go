package layer

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// entry makes what one entry of the archive describes.
func (u *unpacker) entry(header *tar.Header, content io.Reader) error {
	if header.Typeflag == tar.TypeXGlobalHeader {
		return nil // a comment on the archive, as git archive(1) writes
	}
	local, err := localPath(header.Name)
	if err != nil {
		return err
	}
	if dir, base := path.Split(local); IsReserved(base) {
		return u.reserved(dir, base)
	}
	parent, name, err := u.locate(local)
	if err != nil {
		return err
	}
	made, err := u.make(parent, name, header, content)
	if err != nil || !made {
		return err
	}
	if header.Typeflag == tar.TypeDir {
		u.dirTimes = append(u.dirTimes, dirTime{local, header.ModTime})
	}
	return u.setAttributes(parent, name, header)
}

// locate finds the directory that is to hold a local path, making it if it is
// missing, and the path's last name. The root lies in itself, as ".".
func (u *unpacker) locate(local string) (parent int, name string, err error) {
	if local == "." {
		return u.root.fd, ".", nil
	}
	if strings.HasPrefix(local, whiteoutPrefix) || strings.Contains(local, "/"+whiteoutPrefix) {
		return -1, "", ErrReservedName
	}
	return u.root.parent(local, u.makeParent)
}

// makeParent creates a directory the archive implies and does not list. Unlike a
// listed one it takes no file's place: an archive that puts a file under a file
// is broken.
func (u *unpacker) makeParent(parent int, name string) error {
	standing, err := statAt(parent, name)
	if err == nil {
		hides, err := isWhiteout(parent, name, standing, u.marks())
		if err != nil {
			return err
		}
		if !hides {
			return unix.ENOTDIR
		}
	}
	if err := u.makeDir(parent, name); err != nil {
		return err
	}
	return unix.Fchmodat(parent, name, 0o755, 0)
}

// make creates the file itself; made is false when it is skipped or when it
// shares its attributes with a file that is there already.
func (u *unpacker) make(parent int, name string, h *tar.Header, content io.Reader) (made bool, err error) {
	if name == "." && h.Typeflag != tar.TypeDir {
		return false, errors.New("the root of a layer must be a directory")
	}
	switch h.Typeflag {
	case tar.TypeDir:
		return true, u.makeDir(parent, name)
	case tar.TypeReg, tar.TypeCont, tar.TypeGNUSparse:
		return true, u.makeFile(parent, name, h, content)
	case tar.TypeSymlink:
		// Where it points is not our concern: the container resolves it inside
		// its own root, and we never follow one out of ours.
		return true, u.replacing(parent, name, func() error {
			return unix.Symlinkat(h.Linkname, parent, name)
		})
	case tar.TypeLink:
		return false, u.makeLink(parent, name, h.Linkname)
	case tar.TypeFifo:
		return true, u.replacing(parent, name, func() error {
			return u.mknod(parent, name, unix.S_IFIFO|0o600, 0)
		})
	case tar.TypeChar, tar.TypeBlock:
		return u.makeDevice(parent, name, h)
	}
	return false, fmt.Errorf("unknown type %q", h.Typeflag)
}

// replacing runs a call that creates name. What an earlier entry put there makes
// way: of two entries with one name the later counts.
func (u *unpacker) replacing(parent int, name string, create func() error) error {
	err := create()
	if !errors.Is(err, unix.EEXIST) {
		return err
	}
	if err := removeTree(parent, name); err != nil {
		return fmt.Errorf("making way: %w", err)
	}
	u.root.forget()
	return create()
}

// makeDir creates a directory, or keeps the one that is there with its content.
func (u *unpacker) makeDir(parent int, name string) error {
	err := unix.Mkdirat(parent, name, 0o700)
	if !errors.Is(err, unix.EEXIST) {
		return err
	}
	standing, err := statAt(parent, name)
	if err != nil {
		return err
	}
	if standing.Mode&unix.S_IFMT == unix.S_IFDIR {
		return nil
	}
	hides, err := isWhiteout(parent, name, standing, u.marks())
	if err != nil {
		return err
	}
	if err := u.replacing(parent, name, func() error { return unix.Mkdirat(parent, name, 0o700) }); err != nil {
		return err
	}
	if hides {
		// The whiteout goes, but what it hid in the layers below stays hidden.
		return u.setOpaque(parent, name)
	}
	return nil
}

// makeFile creates a regular file with its content.
func (u *unpacker) makeFile(parent int, name string, h *tar.Header, content io.Reader) error {
	if err := u.archive.announce(h.Size); err != nil {
		return err
	}
	var file int
	err := u.replacing(parent, name, func() (err error) {
		file, err = unix.Openat(parent, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
		return err
	})
	if err != nil {
		return err
	}
	var written int64
	if isSparse(h) {
		written, err = io.CopyBuffer(&sparseWriter{fd: file}, contentReader{u.archive, content, true}, u.buffer)
		if err == nil {
			err = unix.Ftruncate(file, written) // a hole at the end is not written
		}
	} else {
		written, err = io.CopyBuffer(writer(file), contentReader{u.archive, content, false}, u.buffer)
	}
	u.result.Size += written
	// close(2) is where a network file system or a quota reports its error.
	return errors.Join(err, unix.Close(file))
}

// makeLink creates a hard link to a file of the same layer. No directory on the
// way to the target may be a symbolic link, and the target is taken as it is,
// so that no link can reach a file outside or one that is not the archive's.
func (u *unpacker) makeLink(parent int, name, linkname string) error {
	target, err := localPath(linkname)
	if err != nil {
		return fmt.Errorf("hard link to %q: %w", linkname, err)
	}
	dir, base := path.Split(target)
	from, err := u.root.openDirectory(path.Clean(dir), unix.RESOLVE_NO_SYMLINKS)
	if err != nil {
		return fmt.Errorf("hard link to %q: %w", linkname, err)
	}
	defer unix.Close(from)
	standing, err := statAt(from, base)
	if err != nil {
		return fmt.Errorf("hard link to %q: %w", linkname, err)
	}
	if hides, err := isWhiteout(from, base, standing, u.marks()); err != nil || hides {
		return errors.Join(err, fmt.Errorf("hard link to %q: %w", linkname, ErrReservedName))
	}
	// A link to itself: nothing to do, and nothing to make way for.
	if here, err := statAt(parent, name); err == nil && here.Ino == standing.Ino && here.Dev == standing.Dev {
		return nil
	}
	// linkat(2) with no flags links a symbolic link itself, not what it names.
	return u.replacing(parent, name, func() error {
		return unix.Linkat(from, base, parent, name, 0)
	})
}

// makeDevice creates a device node where the process may (CAP_MKNOD in the
// initial user namespace, mknod(2)), and skips it otherwise: a container gets
// its /dev from the runtime.
func (u *unpacker) makeDevice(parent int, name string, h *tar.Header) (made bool, err error) {
	mode := uint32(unix.S_IFCHR)
	if h.Typeflag == tar.TypeBlock {
		mode = unix.S_IFBLK
	}
	dev := unix.Mkdev(uint32(h.Devmajor), uint32(h.Devminor))
	if mode == unix.S_IFCHR && dev == whiteoutDevice {
		return false, errors.New("device 0/0 is how overlayfs marks a whiteout: use a .wh. name")
	}
	err = u.replacing(parent, name, func() error {
		return u.mknod(parent, name, mode|0o600, int(dev))
	})
	if errors.Is(err, unix.EPERM) {
		u.result.DevicesSkipped++
		u.result.note("%s: device %d/%d skipped: making devices is for root", h.Name, h.Devmajor, h.Devminor)
		return false, nil
	}
	return err == nil, err
}
