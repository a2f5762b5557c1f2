package nat_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"drydock/mini-docker/network"
	"drydock/mini-docker/network/nat"

	"golang.org/x/sys/unix"
)

// withoutNetfilter calls f on a thread for which the kernel is one without nfnetlink: it
// knows no such protocol of netlink. The thread ends with it. See seccomp(2).
func withoutNetfilter(t *testing.T, f func()) {
	t.Helper()
	const nr, protocol = 0, 16 + 2*8 // in struct seccomp_data; the third argument's lower half
	refused := uint32(unix.SECCOMP_RET_ERRNO | unix.EPROTONOSUPPORT)
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: nr},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_SOCKET, Jf: 3},
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: protocol},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.NETLINK_NETFILTER, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: refused},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked
		program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
		err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
		if err == nil {
			err = unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
		}
		if err != nil {
			t.Errorf("taking the protocol away: %v", err)
			return
		}
		f()
	}()
	<-done
}

// Who starts a container on a kernel without nf_tables is told which modules to load.
func TestAKernelWithoutNfTablesIsTold(t *testing.T) {
	withoutNetfilter(t, func() {
		_, asked := nat.AllPublished()
		for what, err := range map[string]error{
			"asking for ports": asked,
			"publishing":       nat.Publish("mini0", nat.Port{Protocol: nat.TCP, Port: 8080}),
			"watching":         nat.Watch(t.Context(), func([]nat.Port) error { return nil }),
		} {
			if !errors.Is(err, network.ErrUnsupported) || !strings.Contains(err.Error(), "`modprobe nft_chain_nat nft_masq nft_fib_ipv4`") {
				t.Errorf("%s: got %v, want how to load it", what, err)
			}
		}
	})
}
