package sandbox

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// byDeviceNodes makes the machine's disk and memory. See mknod(2).
func byDeviceNodes(outsider) error {
	for i, node := range []struct{ kind, number uint64 }{
		{unix.S_IFBLK, unix.Mkdev(254, 0)}, {unix.S_IFBLK, unix.Mkdev(8, 0)},
		{unix.S_IFCHR, unix.Mkdev(1, 1)}, {unix.S_IFCHR, unix.Mkdev(1, 11)}, {unix.S_IFCHR, unix.Mkdev(10, 229)},
	} {
		path := fmt.Sprintf("/dev/node%d", i)
		if unix.Mknod(path, uint32(node.kind)|0o666, int(node.number)) != nil {
			continue
		}
		if fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0); err == nil {
			unix.Close(fd)
			return nil
		}
	}
	return errHeld
}

// byKeys reads a key of the session in which the sandbox was started: by its
// name, and by its number. See keyctl(2).
func byKeys(o outsider) error {
	if _, err := unix.KeyctlSearch(unix.KEY_SPEC_SESSION_KEYRING, "user", "drydock-border", 0); err == nil {
		return nil
	}
	if _, err := unix.KeyctlBuffer(unix.KEYCTL_READ, o.Key, make([]byte, 64), 0); err == nil {
		return nil
	}
	return errHeld
}

// byMachine asks for what only the root of the machine may: modules, another
// kernel, the clock, ports, accounting, swap, a handle of a file. Each call has
// arguments with which it would do nothing.
func byMachine(outsider) error {
	var now unix.Timespec
	unix.ClockGettime(unix.CLOCK_REALTIME, &now)
	name := []byte("/none\x00")
	path := uintptr(unsafe.Pointer(&name[0]))
	for call, try := range map[string]func() error{
		"init_module":  func() error { return unix.InitModule([]byte("no module"), "") },
		"finit_module": func() error { return unix.FinitModule(0, "", 0) },
		"kexec_load":   func() error { return errno(unix.SYS_KEXEC_LOAD, 0, 0, 0) },
		"clock":        func() error { return unix.ClockSettime(unix.CLOCK_REALTIME, &now) },
		"swapon":       func() error { return errno(unix.SYS_SWAPON, path, 0, 0) },
		"acct":         func() error { return unix.Acct("") },
		"bpf":          func() error { return errno(unix.SYS_BPF, 5, 0, 0) },
	} {
		if err := try(); err != unix.EPERM && err != unix.ENOSYS && err != unix.EOPNOTSUPP {
			fmt.Println(call, "says", err)
			return nil
		}
	}
	return errHeld
}

func errno(call, a, b, c uintptr) error {
	if _, _, err := unix.Syscall(call, a, b, c); err != 0 {
		return err
	}
	return nil
}

// byNamespaces asks for the namespaces around its own. See ioctl_nsfs(2).
func byNamespaces(outsider) error {
	for _, kind := range []string{"user", "pid"} {
		file, err := os.Open("/proc/self/ns/" + kind)
		if err != nil {
			return err
		}
		if fd, err := unix.IoctlRetInt(int(file.Fd()), unix.NS_GET_PARENT); err == nil {
			unix.Close(fd)
			return nil
		}
	}
	owner, err := os.Open("/proc/self/ns/net")
	if err != nil {
		return err
	}
	user, err := unix.IoctlRetInt(int(owner.Fd()), unix.NS_GET_USERNS)
	if err != nil {
		return errHeld
	}
	if _, err := unix.IoctlRetInt(user, unix.NS_GET_PARENT); err == nil {
		return nil
	}
	return errHeld
}
