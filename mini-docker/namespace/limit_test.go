package namespace_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"drydock/mini-docker/namespace"

	"golang.org/x/sys/unix"
)

func TestALimitOnNamespacesIsNoFullDisk(t *testing.T) {
	root := fstest.MapFS{
		"proc/sys/user/max_pid_namespaces":  {Data: []byte("0\n")},
		"proc/sys/user/max_user_namespaces": {Data: []byte("15000\n")},
	}
	err := namespace.CloneError(unix.ENOSPC, root)
	if errors.Is(err, unix.ENOSPC) {
		t.Errorf("got %v, which passes for a full disk", err)
	}
	if text := err.Error(); !strings.Contains(text, "sysctl -w user.max_pid_namespaces=15000`") {
		t.Errorf("got %q, want the one setting that allows none", text)
	}
	// The limit of a user namespace further out cannot be read from here.
	err = namespace.CloneError(unix.ENOSPC, fstest.MapFS{})
	if text := err.Error(); !strings.Contains(text, "as many namespaces as the kernel allows") {
		t.Errorf("got %q", text)
	}
}

func TestOtherRefusalsToCloneStayAsTheyAre(t *testing.T) {
	if err := namespace.CloneError(unix.EPERM, fstest.MapFS{}); err != unix.EPERM {
		t.Errorf("got %v, want %v", err, unix.EPERM)
	}
}
