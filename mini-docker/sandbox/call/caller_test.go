package call

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A server that takes a call and then does nothing keeps nobody for ever.
func TestServerThatHangsIsNotWaitedFor(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fds[1])
	file := os.NewFile(uintptr(fds[0]), "caller")
	connection, err := net.FileConn(file)
	file.Close()
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err = Do(ctx, connection.(*net.UnixConn), Request{Args: []string{"anything"}})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
	}
}

// The learner's shell may stand in a root that they have put together themselves.
func TestARootWithoutDevNullHasNothingAllTheSame(t *testing.T) {
	const inside = "CALL_TEST_ROOT"
	if root := os.Getenv(inside); root != "" {
		if err := unix.Chroot(root); err != nil {
			t.Fatal(err)
		}
		null, err := nothing()
		if err != nil {
			t.Fatal(err)
		}
		if n, err := null.Write([]byte("x")); n != 1 || err != nil {
			t.Errorf("written: %d, %v", n, err)
		}
		return
	}
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inside+"="+t.TempDir())
	cmd.SysProcAttr = &unix.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Errorf("got %v and\n%s", err, out)
	}
}
