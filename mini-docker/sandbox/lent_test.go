package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// lentFile is what byLent looks for: a file that everybody may write to.
const lentFile = LentDir + "/some/folder/marker"

// What is lent is the host's own, whoever root inside is: read there, changed by
// nobody inside, and changed at once when it changes outside.
func TestWhatIsLentIsSeenAndCannotBeChanged(t *testing.T) {
	each(t, func(t *testing.T, s Spec) {
		dir := t.TempDir()
		secret := filepath.Join(dir, "secret")
		if err := os.WriteFile(secret, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		before := hostState(t)
		s.Lent = []Lent{{Source: dir, Name: "some/folder"}, {Source: t.TempDir(), Name: "other"}}
		box := start(t, s)
		if box.NotLent != nil {
			t.Skip(box.NotLent)
		}
		want(t, box, "folder", "ls", LentDir+"/some")
		want(t, box, "mine", "cat", LentDir+"/some/folder/secret")
		if err := os.WriteFile(filepath.Join(dir, "marker"), nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(dir, "marker"), 0o666); err != nil { // the umask took bits away
			t.Fatal(err)
		}
		want(t, box, "marker\nsecret", "ls", LentDir+"/some/folder")
		want(t, box, "held", "try", "lent", "", "0", "false")
		want(t, box, "held", "again", "user", "/bin/try", "lent", "", "0", "false")
		during := hostState(t)
		during["cgroups"] = before["cgroups"]
		for what := range before {
			if during[what] != before[what] {
				t.Errorf("%s of the host: got %q, want %q", what, during[what], before[what])
			}
		}
	})
}

// What cannot be lent is told, and the sandbox does without.
func TestWhatCannotBeLentIsTold(t *testing.T) {
	each(t, func(t *testing.T, s Spec) {
		s.Lent = []Lent{{Source: filepath.Join(t.TempDir(), "none"), Name: "x"}}
		box := start(t, s)
		want(t, box, "drydock", "hostname")
		if got := fmt.Sprint(box.NotLent); !strings.Contains(got, "nothing can be lent: lending ") || !strings.Contains(got, "no such file") {
			t.Errorf("got %s", got)
		}
	})
}

// byLent writes to what is lent, after all that might make it writable.
func byLent(outsider) error {
	if _, err := os.Stat(lentFile); err != nil {
		return err
	}
	dir := filepath.Dir(lentFile)
	attempts := []string{dir, LentDir}
	for _, point := range attempts {
		unix.Mount("", point, "", unix.MS_REMOUNT|unix.MS_BIND, "")
		unix.Mount("", point, "", unix.MS_REMOUNT, "")
		unix.MountSetattr(unix.AT_FDCWD, point, unix.AT_RECURSIVE, &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY})
		// A copy of the mount, which has no lock on its place, but the flags.
		if copied, err := unix.OpenTree(unix.AT_FDCWD, point, unix.OPEN_TREE_CLONE|unix.AT_RECURSIVE); err == nil {
			unix.MountSetattr(copied, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY})
			if os.WriteFile(fmt.Sprintf("/proc/self/fd/%d/new", copied), nil, 0o666) == nil {
				return nil
			}
		}
		bound := filepath.Join("/tmp", fmt.Sprintf("bound-%d", os.Getpid()))
		if os.MkdirAll(bound, 0o755) == nil && unix.Mount(point, bound, "", unix.MS_BIND|unix.MS_REC, "") == nil {
			unix.Mount("", bound, "", unix.MS_REMOUNT|unix.MS_BIND, "")
			if os.WriteFile(bound+"/new", nil, 0o666) == nil {
				return nil
			}
			unix.Unmount(bound, unix.MNT_DETACH)
		}
	}
	// To take the mount away shows nothing, and is not to be had either.
	if err := unix.Unmount(dir, 0); err == nil {
		return nil
	}
	if file, err := os.OpenFile(lentFile, os.O_WRONLY, 0); err == nil {
		file.Close()
		return nil
	}
	return errHeld
}

// What init is cloned from has namespaces of its own, and the first thread's are
// those of the process.
func TestInitIsNeverClonedFromTheFirstThread(t *testing.T) {
	for range 200 {
		which := make(chan int)
		go onThreadOfItsOwn(func() { which <- unix.Gettid() })
		if <-which == unix.Getpid() {
			t.Fatal("it was the first thread")
		}
	}
}
