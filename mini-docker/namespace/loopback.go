package namespace

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// LoopbackUp brings up the loopback interface of the calling thread's network
// namespace: a new one is born with lo down, so that not even 127.0.0.1
// answers. See netdevice(7), SIOCSIFFLAGS.
func LoopbackUp() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("opening a socket to configure lo: %w", err)
	}
	defer unix.Close(socket)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("bringing up lo: %w", err)
	}
	return nil
}
