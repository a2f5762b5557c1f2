package tree

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// tarApplet packs, unpacks and lists tar archives, plain or gzipped. See
// tar(1). It is for lessons on layers; the engine unpacks images with a package
// of its own that trusts an archive less.
func tarApplet(e *applet.Env, args []string) int {
	// The old form without a dash: `tar xzf FILE`.
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		args = append([]string{"-" + args[0]}, args[1:]...)
	}
	f, names, status, ok := e.Flags(args, "c|create x|extract t|list z|gzip v|verbose f|file: C|directory: p m|touch numeric-owner")
	if !ok {
		return status
	}
	a := &archive{e: e, gzip: f.Has("z"), verbose: f.Has("v"), touch: f.Has("m"), names: names, dir: f.Value("C", ".")}
	var err error
	switch path := f.Value("f", "-"); {
	case f.Has("c"):
		err = a.create(path)
	case f.Has("x"), f.Has("t"):
		err = a.read(path, f.Has("x"))
	default:
		return e.Misuse("want one of -c, -x and -t")
	}
	if err != nil {
		return e.Complain(err.Error())
	}
	return a.status
}

type archive struct {
	e             *applet.Env
	gzip, verbose bool
	touch         bool // what is unpacked is of now
	names         []string
	dir           string
	status        int
}

func (a *archive) create(path string) error {
	var out io.Writer = a.e.Out
	if path != "-" {
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		defer f.Close()
		out = f
	}
	if len(a.names) == 0 {
		return errors.New("refusing to make an empty archive: name some files")
	}
	if a.gzip {
		zip := gzip.NewWriter(out)
		defer zip.Close()
		out = zip
	}
	w := tar.NewWriter(out)
	defer w.Close()
	for _, name := range a.names {
		err := filepath.WalkDir(filepath.Join(a.dir, name), func(at string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			inside, err := filepath.Rel(a.dir, at)
			if err != nil {
				return err
			}
			return a.add(w, at, strings.TrimLeft(inside, "/"))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *archive) add(w *tar.Writer, path, name string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	link, _ := os.Readlink(path)
	h, err := tar.FileInfoHeader(info, link)
	if err != nil {
		return err
	}
	if h.Name = name; info.IsDir() {
		h.Name += "/"
	}
	if a.verbose {
		fmt.Fprintln(a.e.Err, h.Name)
	}
	if err := w.WriteHeader(h); err != nil || !info.Mode().IsRegular() {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

func (a *archive) read(path string, extract bool) error {
	in := a.e.In
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	if a.gzip || strings.HasSuffix(path, "gz") {
		zip, err := gzip.NewReader(in)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		in = zip
	}
	root, err := os.OpenRoot(a.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	var dirs []*tar.Header
	for r := tar.NewReader(in); ; {
		h, err := r.Next()
		if err == io.EOF {
			return date(root, dirs)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if !a.wanted(h.Name) {
			continue
		}
		if !extract || a.verbose {
			a.show(h, !extract && a.verbose)
		}
		if extract {
			if err := a.unpack(root, h, r); err != nil {
				a.status = a.e.Fail(h.Name, err)
			} else if h.Typeflag == tar.TypeDir && !a.touch {
				dirs = append(dirs, h)
			}
		}
	}
}

// wanted reports whether a member or a directory above it was named, or none
// was.
func (a *archive) wanted(name string) bool {
	clean := filepath.Clean(name)
	for _, n := range a.names {
		n = filepath.Clean(n)
		if clean == n || strings.HasPrefix(clean, n+"/") {
			return true
		}
	}
	return len(a.names) == 0
}

func (a *archive) show(h *tar.Header, long bool) {
	if !long {
		fmt.Fprintln(a.e.Out, h.Name)
		return
	}
	line := fmt.Sprintf("%s %d/%d %9d %s %s", h.FileInfo().Mode(), h.Uid, h.Gid, h.Size, h.ModTime.Format("2006-01-02 15:04"), h.Name)
	if h.Linkname != "" {
		line += " -> " + h.Linkname
	}
	fmt.Fprintln(a.e.Out, line)
}

// date gives directories the time that they had: last, since what is unpacked into
// one changes its own.
func date(root *os.Root, dirs []*tar.Header) error {
	for _, h := range dirs {
		if err := root.Chtimes(below(h.Name), h.ModTime, h.ModTime); err != nil {
			return err
		}
	}
	return nil
}

// below is the name of a member below the directory that it is unpacked into.
func below(name string) string { return strings.TrimLeft(filepath.Clean(name), "/") }

// unpack makes one member below root, which no name in the archive leaves.
func (a *archive) unpack(root *os.Root, h *tar.Header, content io.Reader) error {
	name := below(h.Name)
	if name == "." {
		return nil
	}
	if err := root.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	mode := fs.FileMode(h.Mode & 0o777)
	if h.Typeflag != tar.TypeDir {
		if err := root.Remove(name); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	var err error
	switch h.Typeflag {
	case tar.TypeDir:
		if err = root.Mkdir(name, mode); os.IsExist(err) {
			err = nil
		}
	case tar.TypeSymlink:
		err = root.Symlink(h.Linkname, name)
	case tar.TypeLink:
		err = root.Link(below(h.Linkname), name)
	case tar.TypeReg:
		var f *os.File
		if f, err = root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode); err == nil {
			_, err = io.Copy(f, content)
			if closed := f.Close(); err == nil {
				err = closed
			}
		}
	default:
		err = special(root, name, h)
	}
	if err != nil || h.Typeflag == tar.TypeSymlink || h.Typeflag == tar.TypeLink {
		return err
	}
	if unix.Geteuid() == 0 {
		if err := root.Lchown(name, h.Uid, h.Gid); err != nil {
			return err
		}
	}
	if err := root.Chmod(name, h.FileInfo().Mode()&^fs.ModeType); err != nil || a.touch || h.Typeflag == tar.TypeDir {
		return err
	}
	return root.Chtimes(name, h.ModTime, h.ModTime)
}

// special makes a device or a pipe.
func special(root *os.Root, name string, h *tar.Header) error {
	kinds := map[byte]uint32{tar.TypeChar: unix.S_IFCHR, tar.TypeBlock: unix.S_IFBLK, tar.TypeFifo: unix.S_IFIFO}
	kind, ok := kinds[h.Typeflag]
	if !ok {
		return fmt.Errorf("unknown kind of member %q", h.Typeflag)
	}
	parent, err := root.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer parent.Close()
	return unix.Mknodat(int(parent.Fd()), filepath.Base(name), kind|uint32(h.Mode&0o777),
		int(unix.Mkdev(uint32(h.Devmajor), uint32(h.Devminor))))
}
