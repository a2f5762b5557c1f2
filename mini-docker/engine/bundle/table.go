package bundle

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// maxTable bounds a table of the image: a stranger's file must not fill the
// memory.
const maxTable = 4 << 20 // bytes

// readTable reads a table of users or groups from the image's /etc: lines of
// fields that are separated by colons. A table that is not there is empty.
//
// The overlay is not mounted yet, and must not be on the host, so the layers are
// looked through from the top, until one has the file or hides it.
func readTable(layers []string, name string) ([][]string, error) {
	for _, layer := range layers {
		text, found, err := readInLayer(layer, "etc", name)
		if err != nil {
			return nil, fmt.Errorf("reading /etc/%s of the image: %w", name, err)
		}
		if found {
			return parseTable(text), nil
		}
	}
	return nil, nil
}

// readInLayer reads dir/name of one layer. found says that the layers below do
// not count: the file is here, or it, or its folder, is hidden here. (A layer
// that replaces the whole folder has an opaque one; package layer marks it with
// an extended attribute.)
func readInLayer(layer, dir, name string) (text string, found bool, err error) {
	root, err := os.Open(layer)
	if err != nil {
		return "", false, err
	}
	defer root.Close()
	if isWhiteout(root, dir) {
		return "", true, nil
	}
	file, err := openInside(root, path.Join(dir, name))
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
		return "", isOpaque(root, dir), nil
	}
	if err != nil {
		return "", false, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return "", true, err // a whiteout, or nothing that could be a table
	}
	content, err := io.ReadAll(io.LimitReader(file, maxTable))
	return string(content), true, err
}

// openInside opens a file of a layer. A link that points out of the layer, as
// absolute ones do, is followed within (RESOLVE_IN_ROOT); opening a device or a
// pipe that somebody put there must neither act nor wait. See openat2(2).
func openInside(root *os.File, name string) (*os.File, error) {
	for {
		fd, err := unix.Openat2(int(root.Fd()), name, &unix.OpenHow{
			Flags:   unix.O_PATH | unix.O_CLOEXEC,
			Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
		})
		if err == unix.EAGAIN || err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, &os.PathError{Op: "open", Path: name, Err: err}
		}
		return readable(os.NewFile(uintptr(fd), name))
	}
}

// readable opens what was found for reading if it is a regular file, and only
// then: merely opening a device may have an effect.
func readable(found *os.File) (*os.File, error) {
	info, err := found.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return found, err
	}
	defer found.Close()
	return os.Open(fmt.Sprintf("/proc/self/fd/%d", found.Fd()))
}

// isWhiteout says whether the layer hides name: a character device 0/0 stands in
// its place. See the kernel's documentation, overlayfs.
func isWhiteout(root *os.File, name string) bool {
	var stat unix.Stat_t
	err := unix.Fstatat(int(root.Fd()), name, &stat, unix.AT_SYMLINK_NOFOLLOW)
	return err == nil && stat.Mode&unix.S_IFMT == unix.S_IFCHR && stat.Rdev == 0
}

// isOpaque says whether the layer's folder hides that of the layers below.
func isOpaque(root *os.File, name string) bool {
	for _, attribute := range []string{"trusted.overlay.opaque", "user.overlay.opaque"} {
		value := make([]byte, 8)
		n, err := unix.Lgetxattr(path.Join(root.Name(), name), attribute, value)
		if err == nil && string(value[:n]) == "y" {
			return true
		}
	}
	return false
}

func parseTable(text string) [][]string {
	var table [][]string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") {
			table = append(table, strings.Split(line, ":"))
		}
	}
	return table
}
