package guest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"syscall"
)

// copyIn fills the root with the base and with the programs that came as open
// files. They are copies: a bind of the host's own file could be remounted
// writable by the very namespace that made it. See mount_namespaces(7).
func (g *guest) copyIn() error {
	base := os.NewFile(baseFD, "base")
	defer base.Close()
	if err := copyTree(g.config.MountPoint, base); err != nil {
		return err
	}
	root, err := os.OpenRoot(g.config.MountPoint)
	if err != nil {
		return err
	}
	defer root.Close()
	for i, target := range g.config.Files {
		source := os.NewFile(uintptr(filesFD+i), target)
		err := writeProgram(root, strings.TrimPrefix(target, "/"), source)
		if err = errors.Join(err, source.Close()); err != nil {
			return fmt.Errorf("copying a program to %s: %w", target, err)
		}
	}
	return nil
}

// writeProgram makes the file name, which anybody may execute.
func writeProgram(root *os.Root, name string, source *os.File) error {
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // the base's own, which may be a link
	}
	if err := writeFile(root, name, source); err != nil {
		return err
	}
	return root.Chmod(name, 0o755)
}

// copyTree copies the tree at base into the directory dir: directories, files,
// symbolic and hard links, with their modes. The owner is whoever copies.
//
// base is an open directory, so that its parents may be closed to the user that
// the sandbox runs as.
func copyTree(dir string, base *os.File) error {
	c := &copier{
		from:  os.DirFS(fmt.Sprintf("/proc/self/fd/%d", base.Fd())),
		links: map[inode]string{},
	}
	var err error
	if c.to, err = os.OpenRoot(dir); err != nil {
		return err
	}
	defer c.to.Close()
	err = fs.WalkDir(c.from, ".", c.copy)
	if err != nil {
		return fmt.Errorf("copying the base: %w", err)
	}
	return nil
}

// inode identifies a file, whatever its names are.
type inode struct{ device, number uint64 }

type copier struct {
	from  fs.FS
	to    *os.Root
	links map[inode]string // files with several names: the first one copied
}

// copy copies one entry of the tree.
func (c *copier) copy(name string, entry fs.DirEntry, err error) error {
	if err != nil {
		return err
	}
	info, err := entry.Info()
	if err != nil {
		return err
	}
	switch info.Mode().Type() {
	case fs.ModeDir:
		if name != "." {
			err = c.to.Mkdir(name, 0o700)
		}
	case fs.ModeSymlink:
		var target string
		if target, err = fs.ReadLink(c.from, name); err == nil {
			err = c.to.Symlink(target, name)
		}
		return err // a link has no mode of its own
	case 0:
		linked, err := c.link(name, info)
		if err != nil || linked {
			return err
		}
		if err := c.copyFile(name); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%s is neither a file, a directory nor a link", name)
	}
	if err != nil {
		return err
	}
	// The umask took bits away, and writing the set-user-ID ones.
	return c.to.Chmod(name, info.Mode())
}

// link makes a hard link if the file was copied under another name before.
func (c *copier) link(name string, info fs.FileInfo) (bool, error) {
	stat := info.Sys().(*syscall.Stat_t)
	if stat.Nlink == 1 {
		return false, nil
	}
	id := inode{stat.Dev, stat.Ino}
	if first, ok := c.links[id]; ok {
		return true, c.to.Link(first, name)
	}
	c.links[id] = name
	return false, nil
}

func (c *copier) copyFile(name string) error {
	source, err := c.from.Open(name)
	if err != nil {
		return err
	}
	defer source.Close()
	return writeFile(c.to, name, source)
}

// writeFile makes the file name, which is its owner's alone.
//
// It has its size first and is written in large pieces, so that the kernel can take
// large pages for it: see mountMemory.
func writeFile(root *os.Root, name string, source fs.File) error {
	info, err := source.Stat()
	if err != nil {
		return err
	}
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = file.Truncate(info.Size())
	if err == nil {
		_, err = io.CopyBuffer(struct{ io.Writer }{file}, struct{ io.Reader }{source}, piece())
	}
	return errors.Join(err, file.Close())
}

// piece is what a file is copied through: of a large page's size on x86.
var piece = sync.OnceValue(func() []byte { return make([]byte, 2<<20) })

// writeFiles makes the files and directories that every machine has and a base
// need not bring.
func writeFiles(dir, hostname string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for name, mode := range map[string]fs.FileMode{
		"etc": 0o755, "root": 0o700, "tmp": 0o777 | fs.ModeSticky, "run": 0o755, "var/tmp": 0o777 | fs.ModeSticky,
		path.Dir(HostSocket)[1:]: 0o755,
	} {
		if err := root.MkdirAll(name, 0o755); err != nil {
			return err
		}
		if err := root.Chmod(name, mode); err != nil {
			return err
		}
	}
	for name, text := range map[string]string{
		"etc/hostname":    hostname + "\n",
		"etc/hosts":       "127.0.0.1\tlocalhost\n::1\tlocalhost\n127.0.1.1\t" + hostname + "\n",
		"etc/resolv.conf": "", // there is no network to ask
	} {
		if err := root.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
