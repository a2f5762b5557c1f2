package transfer

import (
	"archive/tar"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"drydock/mini-docker/layer"
)

// ownIsRoot is whom a file belongs to in the image. What belongs to this process
// is root's: an ordinary user's layers belong to that user on the disk, and to root
// in the container.
func ownIsRoot(stat *syscall.Stat_t) (uid, gid int) {
	uid, gid = int(stat.Uid), int(stat.Gid)
	if uid == os.Geteuid() {
		uid = 0
	}
	if gid == os.Getegid() {
		gid = 0
	}
	return uid, gid
}

// addXattrs adds the extended attributes that go with a file wherever it goes, such
// as the capabilities of a program (capabilities(7), File capabilities).
func addXattrs(header *tar.Header, from fs.File) error {
	file, ok := from.(*os.File)
	if !ok {
		return nil
	}
	// Few files have any: most need no room for them.
	n, err := unix.Flistxattr(int(file.Fd()), nil)
	if errors.Is(err, unix.EOPNOTSUPP) || err == nil && n == 0 {
		return nil
	}
	list := make([]byte, 64<<10) // the kernel's limit, XATTR_LIST_MAX
	if err == nil {
		n, err = unix.Flistxattr(int(file.Fd()), list)
	}
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(string(list[:n]), "\x00") {
		if name == "" || !layer.IsPortable(name) {
			continue
		}
		value := make([]byte, 64<<10)
		n, err := unix.Fgetxattr(int(file.Fd()), name, value)
		if err != nil {
			return err
		}
		if header.PAXRecords == nil {
			header.PAXRecords = map[string]string{}
		}
		header.PAXRecords["SCHILY.xattr."+name] = string(value[:n])
	}
	return nil
}
