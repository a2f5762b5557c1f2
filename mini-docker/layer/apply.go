package layer

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Apply unpacks a layer, a tar archive that may be gzipped, into the new
// directory dir, in the form overlayfs stacks. The directory is filled under a
// temporary name beside its own and renamed once it is whole, so that whoever
// sees dir sees all of it; on an error nothing stays behind. That dir exists
// already is an error that wraps fs.ErrExist.
//
// The rules are those of OCI image-spec layer.md, Applying Changesets.
func Apply(ctx context.Context, dir string, r io.Reader, o ApplyOptions) (Result, error) {
	if _, err := os.Lstat(dir); err == nil {
		return Result{}, fmt.Errorf("unpacking layer to %s: %w", dir, fs.ErrExist)
	}
	partial, err := os.MkdirTemp(filepath.Dir(dir), PartialPrefix+"*")
	if err != nil {
		return Result{}, fmt.Errorf("unpacking layer: %w", err)
	}
	result, err := fill(ctx, partial, r, o)
	if err == nil {
		err = settle(partial, dir, o.Sync)
	}
	if err != nil {
		// Safe to remove by path: nobody else writes beneath, and RemoveAll
		// does not follow links.
		return result, errors.Join(fmt.Errorf("unpacking layer: %w", err), os.RemoveAll(partial))
	}
	return result, nil
}

// PartialPrefix starts the name of a directory that is being filled. One that is
// left by a process that died may be removed by whoever knows that no Apply is
// under way.
const PartialPrefix = ".partial-"

// Fill unpacks an archive into a directory that is there and is empty, which gets
// the owner and the mode that the archive has for its root. What was unpacked
// before an error stays.
func Fill(ctx context.Context, dir string, r io.Reader, o ApplyOptions) (Result, error) {
	result, err := fill(ctx, dir, r, o)
	if err != nil {
		err = fmt.Errorf("unpacking to %s: %w", dir, err)
	}
	return result, err
}

// settle gives a filled directory its name.
func settle(partial, dir string, sync bool) error {
	if sync {
		if err := SyncFileSystem(partial); err != nil {
			return err
		}
	}
	// NOREPLACE: rename(2) would put it in the place of an empty directory.
	if err := unix.Renameat2(unix.AT_FDCWD, partial, unix.AT_FDCWD, dir, unix.RENAME_NOREPLACE); err != nil {
		return fmt.Errorf("renaming %s to %s: %w", partial, dir, err)
	}
	return nil
}

// SyncFileSystem writes the file system that holds dir to its disk: one call for
// all files where fsync(2) would take one for each (syncfs(2)).
func SyncFileSystem(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := unix.Syncfs(int(d.Fd())); err != nil {
		return fmt.Errorf("writing %s to disk: %w", dir, err)
	}
	return nil
}

// unpacker is one Apply under way.
type unpacker struct {
	root    *root
	archive *stream
	options ApplyOptions
	euid    int
	buffer  []byte
	result  Result
	// What a directory's time should be, set last: each entry made in a
	// directory moves its time.
	dirTimes []dirTime
	mknod    func(parent int, name string, mode uint32, dev int) error
}

type dirTime struct {
	path    string
	modTime time.Time
}

// fill unpacks the archive into an existing empty directory.
func fill(ctx context.Context, dir string, r io.Reader, o ApplyOptions) (Result, error) {
	archive, err := newStream(ctx, r, o.Limits)
	if err != nil {
		return Result{}, err
	}
	if o.ReadAhead {
		archive.plain = readAhead(archive.plain)
	}
	defer archive.Close()
	at, err := openRoot(dir)
	if err != nil {
		return Result{}, err
	}
	defer at.close()
	u := &unpacker{
		root: at, archive: archive, options: o, euid: os.Geteuid(),
		buffer: make([]byte, 256<<10), mknod: unix.Mknodat,
	}
	return u.run()
}

func (u *unpacker) run() (Result, error) {
	// An archive need not list its root; this is what it is then.
	if err := unix.Fchmodat(u.root.fd, ".", 0o755, 0); err != nil {
		return u.result, err
	}
	entries := tar.NewReader(u.archive)
	for {
		header, err := entries.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return u.result, fmt.Errorf("reading archive: %w", err)
		}
		u.result.Entries++
		if u.result.Entries > u.archive.limits.Entries {
			return u.result, &LimitError{What: "entries", Limit: int64(u.archive.limits.Entries)}
		}
		if err := u.entry(header, entries); err != nil {
			return u.result, fmt.Errorf("entry %q: %w", header.Name, err)
		}
	}
	if err := u.setDirTimes(); err != nil {
		return u.result, err
	}
	var err error
	if u.result.DiffID, err = u.archive.finish(); err != nil {
		return u.result, fmt.Errorf("reading archive: %w", err)
	}
	if want := u.options.DiffID; want != "" && want != u.result.DiffID {
		return u.result, fmt.Errorf("got %s, want %s: %w", u.result.DiffID, want, ErrDiffID)
	}
	return u.result, nil
}

// setDirTimes goes backwards, so that children come before their parents.
func (u *unpacker) setDirTimes() error {
	for i := len(u.dirTimes) - 1; i >= 0; i-- {
		d := u.dirTimes[i]
		// A later entry may have put something else in the directory's place.
		fd, err := u.root.openDirectory(d.path, unix.RESOLVE_NO_SYMLINKS)
		if err != nil {
			continue
		}
		err = setTime(fd, ".", d.modTime)
		unix.Close(fd)
		if err != nil {
			return fmt.Errorf("time of directory %q: %w", d.path, err)
		}
	}
	return nil
}
