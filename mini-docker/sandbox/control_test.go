package sandbox

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Whoever listens in the place of a sandbox would be handed the terminal.
func TestSocketOfAnotherUserIsNotAnswered(t *testing.T) {
	if os.Geteuid() != 0 || !isMapped(nobody, 1) {
		t.Skip("only root can listen as another user")
	}
	dir, err := os.MkdirTemp("", "control") // the folder above t.TempDir is closed
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "control")
	listening := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never let go: the thread is somebody else
		if _, _, err := unix.RawSyscall(unix.SYS_SETRESUID, nobody, nobody, nobody); err != 0 {
			listening <- err
			return
		}
		listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		listening <- err
		if err == nil {
			t.Cleanup(func() { listener.Close() })
		}
	}()
	if err := <-listening; err != nil {
		t.Fatalf("listening as user %d: %v", nobody, err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, connect := range map[string]func() error{
		"Attach": func() error { _, err := Attach(path); return err },
		"listen": func() error { _, err := listenControl(path); return err },
	} {
		if err := connect(); err == nil || !strings.Contains(err.Error(), "user 65534 is at the other end") {
			t.Errorf("%s: got %v, want it refused", name, err)
		}
	}
}
