package layer

import (
	"archive/tar"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Describe returns the header that a file of an unpacked layer has in an archive,
// under the name it is to have there: for whoever packs what several layers show
// together. The file is not followed if it is a link; a directory's name gets its
// slash. A socket has no header (nil), it means nothing without the process that
// listens. The rules are those of Diff.
func Describe(path, name string) (*tar.Header, error) {
	fd, err := unix.Open(filepath.Dir(path), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: filepath.Dir(path), Err: err}
	}
	defer unix.Close(fd)
	base := filepath.Base(path)
	st, err := statAt(fd, base)
	if err != nil {
		return nil, err
	}
	p := &packer{euid: os.Geteuid(), egid: os.Getegid()}
	header := p.newHeader(name, st)
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		header.Typeflag, header.Name = tar.TypeDir, name+"/"
	case unix.S_IFSOCK:
		return nil, nil
	default:
		if err := describe(header, fd, base, st); err != nil {
			return nil, err
		}
	}
	return header, p.xattrs(fd, base, header)
}
