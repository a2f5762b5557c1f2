package rootfs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drydock/mini-docker/rootfs"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// sceneTmpfs covers folders of an image with file systems in memory.
func sceneTmpfs(dir string) (any, error) {
	for _, err := range []error{
		rootfs.Isolate(),
		os.MkdirAll(filepath.Join(dir, "root"), 0o700), os.Chmod(filepath.Join(dir, "root"), 0o700),
		os.MkdirAll(filepath.Join(dir, "run/lock"), 0o755), os.Chmod(filepath.Join(dir, "run"), 0o751),
		os.WriteFile(filepath.Join(dir, "run/lock/file"), []byte("text"), 0o640),
		os.Chmod(filepath.Join(dir, "run/lock"), os.ModeSticky|0o777),
		os.Symlink("/nowhere", filepath.Join(dir, "run/link")),
		unix.Mkfifo(filepath.Join(dir, "run/pipe"), 0o600),
		rootfs.MountRoot(dir, nil),
	} {
		if err != nil {
			return nil, err
		}
	}
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
	}
	text, _ := os.ReadFile(filepath.Join(dir, "run/lock/file"))
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
		"run": "drwxr-x--x", "run/lock": "dtrwxrwxrwx", "run/lock/file": "-rw-r-----", "run/link": "Lrwxrwxrwx", "run/pipe": "prw-------",
		"content": "text /nowhere",
	} {
		if found[name] != want {
			t.Errorf("%s: got %s, want %s", name, found[name], want)
		}
	}
	if !strings.Contains(found["write"], "read-only") {
		t.Errorf("writing: got %q, want that it is read-only once it is filled", found["write"])
	}
}
