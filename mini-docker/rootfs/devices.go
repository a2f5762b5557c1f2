package rootfs

import (
	"errors"
	"fmt"
	"os"
	"path"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// DefaultDevices are the devices every container has. None of them reaches
// hardware or another process's memory. See OCI runtime-spec config-linux.md,
// Default Devices.
func DefaultDevices() []specs.LinuxDevice {
	all := os.FileMode(0o666)
	return []specs.LinuxDevice{
		{Path: "/dev/null", Type: "c", Major: 1, Minor: 3, FileMode: &all},
		{Path: "/dev/zero", Type: "c", Major: 1, Minor: 5, FileMode: &all},
		{Path: "/dev/full", Type: "c", Major: 1, Minor: 7, FileMode: &all},
		{Path: "/dev/random", Type: "c", Major: 1, Minor: 8, FileMode: &all},
		{Path: "/dev/urandom", Type: "c", Major: 1, Minor: 9, FileMode: &all},
		{Path: "/dev/tty", Type: "c", Major: 5, Minor: 0, FileMode: &all},
	}
}

// deviceLinks are the names that programs expect beside the devices.
var deviceLinks = [][2]string{
	{"/proc/self/fd", "/dev/fd"},
	{"/proc/self/fd/0", "/dev/stdin"},
	{"/proc/self/fd/1", "/dev/stdout"},
	{"/proc/self/fd/2", "/dev/stderr"},
	{"pts/ptmx", "/dev/ptmx"},
	{"/proc/kcore", "/dev/core"},
}

// Devices makes the devices and the customary links in /dev, unless that is the
// host's, which has them.
func (r *Root) Devices(devices []specs.LinuxDevice) error {
	for _, device := range devices {
		if r.hostDev && within("/dev", device.Path) {
			continue
		}
		if err := r.device(device); err != nil {
			return fmt.Errorf("making the device %s: %w", device.Path, err)
		}
	}
	if r.hostDev {
		return nil
	}
	dev, err := r.ensure("/dev", unix.S_IFDIR)
	if err != nil {
		return err
	}
	defer dev.Close()
	for _, link := range deviceLinks {
		err := unix.Symlinkat(link[0], int(dev.Fd()), path.Base(link[1]))
		if err != nil && !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("linking %s to %s: %w", link[1], link[0], err)
		}
	}
	return nil
}

// device makes one device node. In a user namespace the kernel lets nobody do
// that (EPERM), so the host's own node is bound there instead. See mknod(2).
func (r *Root) device(device specs.LinuxDevice) error {
	kind, ok := map[string]uint32{
		"c": unix.S_IFCHR, "u": unix.S_IFCHR, "b": unix.S_IFBLK, "p": unix.S_IFIFO,
	}[device.Type]
	if !ok {
		return fmt.Errorf("unknown type %q: want c, u, b or p", device.Type)
	}
	mode := os.FileMode(0o666)
	if device.FileMode != nil {
		mode = device.FileMode.Perm()
	}
	parent, err := r.ensure(path.Dir(device.Path), unix.S_IFDIR)
	if err != nil {
		return err
	}
	defer parent.Close()
	name, number := path.Base(device.Path), unix.Mkdev(uint32(device.Major), uint32(device.Minor))
	err = unix.Mknodat(int(parent.Fd()), name, kind|uint32(mode), int(number))
	if errors.Is(err, unix.EPERM) {
		return r.BindFile(device.Path, device.Path)
	}
	if err != nil && !errors.Is(err, unix.EEXIST) {
		return err
	}
	node, err := openNode(parent, name, kind, number)
	if err != nil {
		return err
	}
	defer node.Close()
	// The umask took bits away from the mode that mknod was given.
	if err := unix.Chmod(descriptorPath(node), uint32(mode)); err != nil {
		return err
	}
	if device.UID == nil && device.GID == nil {
		return nil
	}
	return unix.Fchownat(int(node.Fd()), "", orRoot(device.UID), orRoot(device.GID), unix.AT_EMPTY_PATH)
}

// openNode opens the node that is there now, ours or the image's, and makes
// sure that it is the device that was asked for. An image may bring a link of
// that name, and what the link leads to would be given the device's mode.
func openNode(parent *os.File, name string, kind uint32, number uint64) (*os.File, error) {
	fd, err := unix.Openat(int(parent.Fd()), name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	node := os.NewFile(uintptr(fd), name)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		node.Close()
		return nil, err
	}
	isDevice := kind == unix.S_IFCHR || kind == unix.S_IFBLK
	if stat.Mode&unix.S_IFMT != kind || isDevice && stat.Rdev != number {
		node.Close()
		return nil, errors.New("the image has something else in its place")
	}
	return node, nil
}

// orRoot is the id, or 0 where none is given.
func orRoot(id *uint32) int {
	if id == nil {
		return 0
	}
	return int(*id)
}
