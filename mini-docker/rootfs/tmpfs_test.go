package rootfs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drydock/mini-docker/rootfs"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// sceneTmpfs covers folders of an image with file systems in memory.
func sceneTmpfs(dir string) (any, error) {
	for _, err := range []error{
		rootfs.Isolate(),
		os.MkdirAll(filepath.Join(dir, "root"), 0o700), os.Chmod(filepath.Join(dir, "root"), 0o700),
		os.MkdirAll(filepath.Join(dir, "named"), 0o755),
		os.MkdirAll(filepath.Join(dir, "run/lock"), 0o755), os.Chmod(filepath.Join(dir, "run"), 0o751),
		os.WriteFile(filepath.Join(dir, "run/lock/file"), []byte("text"), 0o640),
		os.Chmod(filepath.Join(dir, "run/lock"), os.ModeSticky|0o777),
		os.Symlink("/nowhere", filepath.Join(dir, "run/link")),
		unix.Mkfifo(filepath.Join(dir, "run/pipe"), 0o600),
		os.Chtimes(filepath.Join(dir, "run/lock/file"), time.Unix(1e9, 0), time.Unix(1e9, 0)),
		os.Chtimes(filepath.Join(dir, "run/lock"), time.Unix(1e9, 0), time.Unix(1e9, 0)),
		rootfs.MountRoot(dir, nil),
	} {
		if err != nil {
			return nil, err
		}
	}
	file := filepath.Join(dir, "run/lock/file")
	owned := os.Lchown(file, 1234, 1235) == nil && os.Chmod(file, 0o640) == nil // where there are such users
	root, err := rootfs.Open(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	for name, options := range map[string][]string{
		"/root": nil, "/new": nil, "/named": {"mode=0711"}, "/run": {"tmpcopyup", "ro", "nosuid", "silent"}, "/etc": {"mode=01750"},
	} {
		if err := root.Mount(specs.Mount{Destination: name, Type: "tmpfs", Source: "tmpfs", Options: options}); err != nil {
			return nil, err
		}
	}
	found := map[string]string{}
	for _, name := range []string{"root", "new", "named", "etc", "run", "run/lock", "run/lock/file", "run/link", "run/pipe"} {
		info, err := os.Lstat(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		found[name] = info.Mode().String()
		if info.ModTime().Equal(time.Unix(1e9, 0)) {
			found[name] += " of then"
		}
	}
	var stat unix.Stat_t
	if err := unix.Lstat(file, &stat); err != nil || owned && (stat.Uid != 1234 || stat.Gid != 1235) {
		found["owner"] = fmt.Sprintf("%d:%d, %v", stat.Uid, stat.Gid, err)
	}
	text, _ := os.ReadFile(file)
	link, _ := os.Readlink(filepath.Join(dir, "run/link"))
	found["content"] = fmt.Sprint(string(text), " ", link)
	if err := os.WriteFile(filepath.Join(dir, "run/new"), nil, 0o600); err != nil {
		found["write"] = err.Error()
	}
	return found, nil
}

func TestATmpfsLooksLikeTheFolderItCovers(t *testing.T) {
	var found map[string]string
	play(t, "tmpfs", &found)
	for name, want := range map[string]string{
		"root": "drwx------", "new": "dtrwxrwxrwx", "named": "drwx--x--x", "etc": "dtrwxr-x---",
		"run": "drwxr-x--x", "run/lock": "dtrwxrwxrwx of then", "run/lock/file": "-rw-r----- of then", "run/link": "Lrwxrwxrwx", "run/pipe": "prw-------",
		"content": "text /nowhere", "owner": "",
	} {
		if found[name] != want {
			t.Errorf("%s: got %s, want %s", name, found[name], want)
		}
	}
	if !strings.Contains(found["write"], "read-only") {
		t.Errorf("writing: got %q, want that it is read-only once it is filled", found["write"])
	}
}
