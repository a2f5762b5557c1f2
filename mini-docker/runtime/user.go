package runtime

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"unsafe"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// setUser changes the user and groups of the calling thread: the groups first,
// since afterwards the right to do so is gone.
//
// The calls are made bare. Go's own functions change every thread of a program,
// which takes a signal to each of them; of this one only the thread that
// executes the command lives on. See credentials(7).
func setUser(user specs.User) error {
	// In a user namespace with one id setgroups is forbidden, and there are no
	// other groups to get rid of.
	groups := user.AdditionalGids
	_, _, errno := unix.RawSyscall(unix.SYS_SETGROUPS, uintptr(len(groups)), uintptr(unsafe.Pointer(unsafe.SliceData(groups))), 0)
	if errno != 0 && (len(groups) > 0 || !setgroupsDenied()) {
		return fmt.Errorf("setting the groups %v: %w", groups, errno)
	}
	gid, uid := uintptr(user.GID), uintptr(user.UID)
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESGID, gid, gid, gid); errno != 0 {
		return fmt.Errorf("becoming group %d: %w", gid, idError(errno))
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, uid, uid, uid); errno != 0 {
		return fmt.Errorf("becoming user %d: %w", uid, idError(errno))
	}
	unix.Umask(umaskOf(user))
	return nil
}

// idError explains the kernel's EINVAL: the number has no meaning here.
func idError(err error) error {
	if errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("the user namespace maps no such id: %w", err)
	}
	return err
}

// setgroupsDenied reads whether the user namespace forbids setgroups(2).
func setgroupsDenied() bool {
	text, err := os.ReadFile("/proc/self/setgroups")
	return err == nil && strings.TrimSpace(string(text)) == "deny"
}
