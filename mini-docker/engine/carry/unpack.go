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
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"drydock/mini-docker/layer"
)

// Owners says whom the files belong to where they are put: whom they belong to in
// the archive, or else whoever unpacks them.
type Owners struct{ Keep bool }

// Copy packs one place and unpacks it in a directory at the same time, and returns
// the bytes of the archive.
func Copy(ctx context.Context, from *Place, as string, into *os.Root, owners Owners) (int64, error) {
	r, w := io.Pipe()
	packed := make(chan error, 1)
	go func() {
		err := Pack(ctx, from, as, w)
		w.CloseWithError(err)
		packed <- err
	}()
	n, err := unpack(ctx, into, r, owners)
	r.CloseWithError(err)
	if failed := <-packed; failed != nil && !errors.Is(failed, io.ErrClosedPipe) && err == nil {
		err = failed
	}
	return n, err
}

// Unpack puts the files of a tar archive, compressed or not, into a directory. A
// directory that is there stays as it is with what it holds, a file makes way; neither
// takes the place of the other. What was unpacked before an error stays. No name leads
// out of the directory.
func Unpack(ctx context.Context, into *os.Root, r io.Reader, owners Owners) error {
	plain, err := layer.NewReader(ctx, r, layer.Limits{})
	if err != nil {
		return err
	}
	defer plain.Close()
	_, err = unpack(ctx, into, plain, owners)
	return err
}

// unpack returns the bytes of the archive.
func unpack(ctx context.Context, into *os.Root, r io.Reader, owners Owners) (int64, error) {
	counted := &counter{ctx: ctx, r: r}
	u := &unpacker{into: into, owners: owners}
	for archive := tar.NewReader(counted); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			_, drained := io.Copy(io.Discard, counted)
			return counted.n, errors.Join(u.setTimes(), drained)
		}
		if err == nil {
			err = u.insist(header, archive)
		}
		if err != nil {
			return counted.n, err
		}
	}
}

// counter counts what is read through it, until its context ends.
type counter struct {
	ctx context.Context
	r   io.Reader
	n   int64
}

func (c *counter) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// unpacker is one Unpack under way.
type unpacker struct {
	into   *os.Root
	owners Owners
	// What is made in a directory moves its time, so those are set last.
	times []*tar.Header
}

// insist puts an entry where others write at the same time, as the programs of a
// container do: what somebody makes between the look at a name and the making of the
// file stands in the way like what was there before. No content is read until then.
func (u *unpacker) insist(h *tar.Header, content io.Reader) (err error) {
	const tries = 100 // an end, should somebody make the name again and again
	for range tries {
		if err = u.entry(h, content); !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return err
}

// entry makes what one entry of the archive describes.
func (u *unpacker) entry(h *tar.Header, content io.Reader) error {
	name := path.Clean(strings.TrimLeft(h.Name, "/"))
	if name == "." || h.Typeflag == tar.TypeXGlobalHeader {
		return nil // the destination stays as it is
	}
	if err := u.into.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	isDir := h.Typeflag == tar.TypeDir
	switch standing, err := u.into.Lstat(name); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case standing.IsDir() && isDir:
		return nil
	case standing.IsDir():
		return fmt.Errorf("cannot overwrite directory %q with non-directory %q", name, h.Name)
	case isDir:
		return fmt.Errorf("cannot overwrite non-directory %q with directory %q", name, h.Name)
	default:
		if h.Typeflag == tar.TypeLink && path.Clean(h.Linkname) == name {
			return nil
		}
		if err := u.into.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return u.make(name, h, content)
}

// make makes a file where there is none.
func (u *unpacker) make(name string, h *tar.Header, content io.Reader) error {
	switch h.Typeflag {
	case tar.TypeDir:
		if err := u.into.Mkdir(name, 0o700); err != nil {
			return err
		}
		u.times = append(u.times, &tar.Header{Name: name, ModTime: h.ModTime})
		return u.attributes(name, unix.O_DIRECTORY, h)
	case tar.TypeReg, tar.TypeGNUSparse:
		// Nobody's file but ours: it was not there, and no link is followed.
		file, err := u.into.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(file, content)
		if err == nil {
			err = u.set(file, h)
		}
		return errors.Join(err, file.Close())
	case tar.TypeSymlink:
		err := u.into.Symlink(h.Linkname, name)
		if err == nil && u.owners.Keep {
			err = u.into.Lchown(name, h.Uid, h.Gid)
		}
		return err
	case tar.TypeLink:
		return u.into.Link(path.Clean(strings.TrimLeft(h.Linkname, "/")), name)
	case tar.TypeFifo:
		parent, err := u.into.Open(path.Dir(name))
		if err != nil {
			return err
		}
		defer parent.Close()
		if err := unix.Mknodat(int(parent.Fd()), path.Base(name), unix.S_IFIFO|0o600, 0); err != nil {
			return &os.PathError{Op: "mkfifo", Path: name, Err: err}
		}
		return u.attributes(name, unix.O_NONBLOCK, h)
	}
	return fmt.Errorf("%s: only files, directories, links and pipes are copied, not type %q", name, h.Typeflag)
}

// attributes opens what was just made, to give it its owner and mode.
func (u *unpacker) attributes(name string, flags int, h *tar.Header) error {
	file, err := u.into.OpenFile(name, os.O_RDONLY|unix.O_NOFOLLOW|flags, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	return u.set(file, h)
}

// set gives an open file its owner, mode, capabilities and time, in this order: a
// change of owner clears the set-id bits and the capabilities (chown(2)). Without its
// owner a program gets none: it would run as another than the one it was made for.
func (u *unpacker) set(file *os.File, h *tar.Header) error {
	mode := uint32(h.Mode & 0o7777)
	if u.owners.Keep {
		if err := file.Chown(h.Uid, h.Gid); err != nil {
			return err
		}
	} else if h.Typeflag != tar.TypeDir {
		mode &^= unix.S_ISUID | unix.S_ISGID
	}
	if err := unix.Fchmod(int(file.Fd()), mode); err != nil {
		return &os.PathError{Op: "chmod", Path: file.Name(), Err: err}
	}
	if value, has := h.PAXRecords[paxXattr+capabilities]; has && u.owners.Keep {
		err := unix.Fsetxattr(int(file.Fd()), capabilities, []byte(value), 0)
		if err != nil && !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EOPNOTSUPP) {
			return &os.PathError{Op: "setting the capabilities of", Path: file.Name(), Err: err}
		}
	}
	return setTime(file, h.ModTime)
}

// setTimes goes backwards, so that what is in a directory comes before it. One that
// somebody has moved meanwhile keeps its time.
func (u *unpacker) setTimes() error {
	for i := len(u.times) - 1; i >= 0; i-- {
		dir, err := u.into.OpenFile(u.times[i].Name, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
		if err != nil {
			continue
		}
		err = setTime(dir, u.times[i].ModTime)
		dir.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func setTime(file *os.File, t time.Time) error {
	spec, err := unix.TimeToTimespec(t)
	if err != nil {
		return err
	}
	// The descriptor's magic link: utimensat(2) of Linux before 5.8 takes no empty path.
	return unix.UtimesNano(fmt.Sprintf("/proc/self/fd/%d", file.Fd()), []unix.Timespec{spec, spec})
}
