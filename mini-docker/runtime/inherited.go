package runtime

import (
	"fmt"
	"unsafe"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// A process gets from its parent what no namespace covers. What of that is to be
// seen in a container, and what a person's shell must not decide there, is
// written down in book/decisions/0062. Here is what is put right.

// defaultUmask is the command's, where config.json names none: everybody may read
// what it makes. See umask(2).
const defaultUmask = 0o022

func umaskOf(user specs.User) int {
	if user.Umask != nil {
		return int(*user.Umask)
	}
	return defaultUmask
}

// resetSignals gives every signal its default action and lets all of them through:
// both outlast an execve(2), and a shell's nohup, or the shim's own, would have a
// server deaf to what reloads or ends it. See signal(7), Execution of programs.
func resetSignals() error {
	const highest, setBytes = 64, 8
	var ignored struct{ handler, flags, restorer, mask uint64 }
	var standard struct{ handler, flags, restorer, mask uint64 } // SIG_DFL is 0
	for number := uintptr(1); number <= highest; number++ {
		_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, number, 0, uintptr(unsafe.Pointer(&ignored)), setBytes, 0, 0)
		if errno != 0 || ignored.handler != 1 { // SIG_IGN
			continue
		}
		_, _, errno = unix.RawSyscall6(unix.SYS_RT_SIGACTION, number, uintptr(unsafe.Pointer(&standard)), 0, setBytes, 0, 0)
		if errno != 0 {
			return fmt.Errorf("giving signal %d its default action: %w", number, errno)
		}
	}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, new(unix.Sigset_t), nil); err != nil {
		return fmt.Errorf("unblocking signals: %w", err)
	}
	return nil
}
