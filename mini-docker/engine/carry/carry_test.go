package carry

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drydock/mini-docker/rootfs"

	"golang.org/x/sys/unix"
)

var _ Tree = (*rootfs.Root)(nil)

// files makes a tree: names that end in a slash are directories, those with an
// arrow are links, the others hold their own name.
func files(t *testing.T, names ...string) string {
	dir := t.TempDir()
	for _, each := range names {
		name, target, isLink := strings.Cut(each, " -> ")
		at := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(at), 0o755)
		switch {
		case err != nil:
		case isLink:
			err = os.Symlink(target, at)
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(at, 0o755)
		default:
			err = os.WriteFile(at, []byte(name), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func inside(t *testing.T, dir string) *rootfs.Root {
	root, err := rootfs.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

// carried copies a path of one tree to one of another.
func carried(t *testing.T, source, from, target, to string) error {
	return carriedFor(t, Owners{}, source, from, target, to)
}

func carriedFor(t *testing.T, owners Owners, source, from, target, to string) error {
	src, err := Find(inside(t, source), from, false)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := Find(inside(t, target), to, true)
	if err != nil {
		return err
	}
	defer dst.Close()
	into, as, err := dst.Receive(src)
	if err != nil {
		return err
	}
	defer into.Close()
	_, err = Copy(t.Context(), src, as, into, owners)
	return err
}

func TestWhereASourceComesToLie(t *testing.T) {
	for _, test := range []struct {
		from, to string
		want     string // a file that is there then
		err      error
	}{
		{"/file", "/new", "new", nil},
		{"/file", "/dir", "dir/file", nil},
		{"/file", "/dir/", "dir/file", nil},
		{"/file", "/old", "old", nil},
		{"/file", "/new/", "", ErrDirNotExists},
		{"/file", "/old/", "", ErrNotDirectory},
		{"/file", "/no/such", "", fs.ErrNotExist},
		{"/tree", "/new", "new/sub/deep", nil},
		{"/tree/", "/dir", "dir/tree/sub/deep", nil},
		{"/tree/.", "/dir", "dir/sub/deep", nil},
		{"/tree/.", "/new", "new/sub/deep", nil},
		{"/tree", "/old", "", ErrCannotCopyDir},
		{"/file", "/link", "dir/file", nil},            // an absolute link, of the container's own
		{"/file", "/up", "outside", nil},               // one that climbs, and dangles
		{"/alias/", "/dir", "dir/alias/sub/deep", nil}, // a slash follows
	} {
		source := files(t, "file", "tree/sub/deep", "alias -> /tree")
		target := files(t, "dir/", "old", "link -> /dir", "up -> ../../outside")
		err := carried(t, source, test.from, target, test.to)
		if !errors.Is(err, test.err) {
			t.Errorf("%s to %s: got %v, want %v", test.from, test.to, err, test.err)
		}
		if test.want == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join(target, test.want)); err != nil {
			t.Errorf("%s to %s: %v", test.from, test.to, err)
		}
	}
}

func TestALinkIsCopiedAsOneUnlessItIsFollowed(t *testing.T) {
	tree := inside(t, files(t, "dir/file", "link -> /dir/file", "loop -> loop"))
	for follow, want := range map[bool]string{false: "link", true: "file"} {
		p, err := Find(tree, "/link", follow)
		if err != nil {
			t.Fatal(err)
		}
		if p.Name != want || p.ArchiveName() != "link" {
			t.Errorf("follow %v: got %s as %s", follow, p.Name, p.ArchiveName())
		}
		p.Close()
	}
	if _, err := Find(tree, "/loop", true); !errors.Is(err, unix.ELOOP) {
		t.Errorf("loop: got %v, want ELOOP", err)
	}
}

// swapping exchanges two names over and over until the test is done with it, an even
// number of times, and then says how often.
func swapping(t *testing.T, dir, a, b string) (end func() int) {
	ctx, cancel := context.WithCancel(t.Context())
	swaps := make(chan int)
	go func() {
		n := 0
		for ; ctx.Err() == nil || n%2 != 0; n++ {
			if err := unix.Renameat2(unix.AT_FDCWD, filepath.Join(dir, a), unix.AT_FDCWD, filepath.Join(dir, b), unix.RENAME_EXCHANGE); err != nil {
				t.Errorf("swapping: %v", err)
				break
			}
		}
		swaps <- n
	}()
	return func() int { cancel(); return <-swaps }
}

func TestALinkThatIsSwappedInLeadsNowhereOutside(t *testing.T) {
	outside := files(t, "secret", "sub/secret")
	for _, link := range []string{outside, "../../../../../../../.." + outside} {
		container := files(t, "top/dir/sub/inner", "top/evil -> "+link)
		source := files(t, "dir/sub/planted")
		end := swapping(t, container, "top/dir", "top/evil")
		for range 40 {
			out := files(t, "out/")
			carried(t, container, "/top", out, "/out") // an error is as good as a copy
			carried(t, container, "/top/dir/sub", out, "/out")
			filepath.WalkDir(out, func(name string, _ fs.DirEntry, _ error) error {
				if filepath.Base(name) == "secret" {
					t.Errorf("%s was read from outside", name)
				}
				return nil
			})
			carried(t, source, "/dir/.", container, "/top/dir")
			carried(t, source, "/dir", container, "/top")
			carried(t, source, "/dir/sub/planted", container, "/top/dir/sub")
			os.RemoveAll(out)
		}
		if n := end(); n == 0 {
			t.Error("the world is not alive: nothing was swapped")
		}
		if err := carried(t, container, "/top", container, "/copy"); err != nil {
			t.Errorf("the world is not alive: %v", err)
		}
	}
	if _, err := os.Lstat(filepath.Join(outside, "sub/planted")); err == nil {
		t.Error("a file was written outside")
	}
}

func TestAnArchiveStaysInItsDirectory(t *testing.T) {
	outside := files(t, "victim")
	for _, entries := range [][]tar.Header{
		{{Name: "../planted", Typeflag: tar.TypeReg}},
		{{Name: "a", Typeflag: tar.TypeSymlink, Linkname: outside}, {Name: "a/planted", Typeflag: tar.TypeReg}},
		{{Name: "a", Typeflag: tar.TypeSymlink, Linkname: ".."}, {Name: "a/planted", Typeflag: tar.TypeReg}},
		{{Name: "h", Typeflag: tar.TypeLink, Linkname: "../victim"}},
		{{Name: "null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3}},
	} {
		var packed bytes.Buffer
		w := tar.NewWriter(&packed)
		for _, each := range entries {
			if err := w.WriteHeader(&each); err != nil {
				t.Fatal(err)
			}
		}
		w.Close()
		into, err := os.OpenRoot(files(t, "in/") + "/in")
		if err != nil {
			t.Fatal(err)
		}
		if err := Unpack(t.Context(), into, &packed, Owners{}); err == nil {
			t.Errorf("%s: no error", entries[len(entries)-1].Name)
		}
		into.Close()
	}
	if _, err := os.Lstat(filepath.Join(outside, "planted")); err == nil {
		t.Error("a file was written outside")
	}
}

func TestModesTimesAndLinksAreKept(t *testing.T) {
	source := files(t, "d/file", "d/sub/deep", "d/link -> file")
	os.Link(source+"/d/file", source+"/d/same")
	unix.Chmod(source+"/d/file", 0o4751)
	unix.Chmod(source+"/d/sub", 0o700)
	past := unix.Timespec{Sec: 1e9}
	unix.UtimesNano(source+"/d/sub", []unix.Timespec{past, past})
	target := files(t)
	if err := carried(t, source, "/d", target, "/d"); err != nil {
		t.Fatal(err)
	}
	var file, same, sub unix.Stat_t
	unix.Lstat(target+"/d/file", &file)
	unix.Lstat(target+"/d/same", &same)
	unix.Lstat(target+"/d/sub", &sub)
	link, _ := os.Readlink(target + "/d/link")
	if file.Mode&0o7777 != 0o751 || file.Ino != same.Ino || sub.Mode&0o7777 != 0o700 || sub.Mtim.Sec != 1e9 || link != "file" {
		t.Errorf("got file %o, same %v, sub %o of %d, link %q", file.Mode, file.Ino == same.Ino, sub.Mode, sub.Mtim.Sec, link)
	}
}

func TestOwnersAndCapabilitiesAreKeptOnlyIfAsked(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("files of others are for root")
	}
	source, target := files(t, "program"), files(t)
	os.Chown(source+"/program", 1234, 1235)
	unix.Chmod(source+"/program", 0o4755)
	// Version 2, cap_net_raw permitted (linux/capability.h, vfs_cap_data).
	raw := []byte{0, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	if err := unix.Setxattr(source+"/program", capabilities, raw, 0); err != nil {
		t.Skip("no capabilities on this file system:", err)
	}
	for keep, want := range map[string]struct {
		uid, mode uint32
		has       bool
	}{"no": {0, 0o755, false}, "yes": {1234, 0o4755, true}} {
		if err := carriedFor(t, Owners{Keep: keep == "yes"}, source, "/program", target, "/"+keep); err != nil {
			t.Fatal(err)
		}
		var stat unix.Stat_t
		unix.Lstat(target+"/"+keep, &stat)
		_, err := unix.Getxattr(target+"/"+keep, capabilities, make([]byte, 64))
		if stat.Uid != want.uid || stat.Mode&0o7777 != want.mode || (err == nil) != want.has {
			t.Errorf("keep %s: got owner %d, mode %o, capabilities %v; want %v", keep, stat.Uid, stat.Mode&0o7777, err == nil, want)
		}
	}
}
