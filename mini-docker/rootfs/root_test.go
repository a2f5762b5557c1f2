package rootfs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"drydock/mini-docker/rootfs"

	"golang.org/x/sys/unix"
)

// openRoot returns a root with a folder and links in it, and a file outside.
func openRoot(t *testing.T) (root *rootfs.Root, dir, outside string) {
	t.Helper()
	outside = t.TempDir()
	dir = t.TempDir()
	for _, err := range []error{
		os.Mkdir(filepath.Join(dir, "folder"), 0o755),
		os.WriteFile(filepath.Join(dir, "folder", "file"), nil, 0o644),
		os.WriteFile(filepath.Join(outside, "secret"), nil, 0o644),
		os.Symlink("/folder", filepath.Join(dir, "absolute")),
		os.Symlink("../../../../../../../.."+outside, filepath.Join(dir, "climbing")),
		os.Symlink(outside, filepath.Join(dir, "leaving")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	root, err := rootfs.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root, dir, outside
}

func TestPathsAreResolvedInsideTheRoot(t *testing.T) {
	root, _, outside := openRoot(t)
	for _, name := range []string{"/folder/file", "folder/file", "/absolute/file", "/../../folder/file", "/absolute/../folder/file"} {
		file, err := root.OpenPath(name, unix.O_PATH)
		if err != nil {
			t.Errorf("%s: got %v, want the file inside", name, err)
			continue
		}
		file.Close()
	}
	for _, name := range []string{"/climbing/secret", "/leaving/secret", outside + "/secret", "/../.." + outside + "/secret"} {
		if file, err := root.OpenPath(name, unix.O_PATH); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: got %v, %v; want that it does not exist", name, file, err)
		}
	}
}

func TestDirectoriesAreMadeInsideTheRoot(t *testing.T) {
	root, dir, outside := openRoot(t)
	made, err := root.MkdirAll("/absolute/new/deep")
	if err != nil {
		t.Fatal(err)
	}
	made.Close()
	if info, err := os.Stat(filepath.Join(dir, "folder/new/deep")); err != nil || !info.IsDir() {
		t.Errorf("the directory is not where the link leads inside the root: %v", err)
	}
	for _, link := range []string{"leaving", "climbing"} {
		made, err := root.MkdirAll("/" + link + "/" + link)
		if err != nil {
			t.Fatalf("a directory behind a link that leads nowhere inside: %v", err)
		}
		made.Close()
		if _, err := os.Stat(filepath.Join(dir, outside, link)); err != nil {
			t.Errorf("it was not made where the link leads inside the root: %v", err)
		}
		if _, err := os.Stat(filepath.Join(outside, link)); err == nil {
			t.Error("a directory was made outside the root")
		}
	}
}

func TestLinksThatEndNowhereAreRefused(t *testing.T) {
	root, dir, _ := openRoot(t)
	for name, target := range map[string]string{"self": "self", "one": "two/x", "two": "/one", "file": "/folder/file"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]error{"/self/x": unix.ELOOP, "/one": unix.ELOOP, "/file/x": unix.ENOTDIR, "/file": unix.ENOTDIR} {
		made, err := root.MkdirAll(name)
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, %v; want %v", name, made, err, want)
		}
	}
}

func ExampleRoot_OpenPath() {
	dir, _ := os.MkdirTemp("", "root")
	defer os.RemoveAll(dir)
	os.Symlink("/etc/passwd", filepath.Join(dir, "link"))

	root, err := rootfs.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer root.Close()
	_, err = root.OpenPath("/link", unix.O_PATH)
	fmt.Println(err)
	// Output: open /link: no such file or directory
}
