package namespace

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// LeaveKeyring takes the session's keys from the calling thread and what comes of
// it: they are in no namespace, and whoever is started inherits the keyring. A new
// one takes its place, without a name by which another process could find it. See
// session-keyring(7).
func LeaveKeyring() error {
	_, err := unix.KeyctlInt(unix.KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0)
	// Where the kernel has no keys, or a container's seccomp filter refuses the
	// call to this process and all that come of it, nothing is to be had inside.
	if err != nil && err != unix.ENOSYS && err != unix.EPERM {
		return fmt.Errorf("leaving the session keyring: %w", err)
	}
	return nil
}
