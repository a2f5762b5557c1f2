package nettest

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Refuse calls f on a thread for which the kernel lacks something: a call whose
// argument, by its place from 0, has the given value fails with errno. The
// thread ends with it. See seccomp(2).
func Refuse(t *testing.T, call uint32, argument int, value uint32, errno unix.Errno, f func()) {
	t.Helper()
	const nr, arguments = 0, 16 // in struct seccomp_data; of an argument the lower half
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: nr},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: call, Jf: 3},
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: uint32(arguments + 8*argument)},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: value, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(errno)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	onThread(func() {
		program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
		err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
		if err == nil {
			err = unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
		}
		if err != nil {
			t.Errorf("taking a call away: %v", err)
			return
		}
		f()
	})
}
