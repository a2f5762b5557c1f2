package hardening

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Device is a device of the host that the container may use, or a folder of
// such.
type Device struct {
	PathOnHost        string
	PathInContainer   string
	CgroupPermissions string // of r, w and m (make a node of it)
}

// everyAccess is to read, to write, and to make a node.
const everyAccess = "rwm"

// ParseDevice reads HOST[:CONTAINER[:rwm]].
func ParseDevice(text string) (Device, error) {
	parts := strings.Split(text, ":")
	d := Device{PathOnHost: parts[0], PathInContainer: parts[0], CgroupPermissions: everyAccess}
	switch {
	case len(parts) > 3 || parts[0] == "":
		return d, fmt.Errorf("bad format for path: %s", text)
	case len(parts) == 3:
		if !isAccess(parts[2]) {
			return d, fmt.Errorf("bad mode specified: %s", parts[2])
		}
		d.PathInContainer, d.CgroupPermissions = parts[1], parts[2]
	case len(parts) == 2 && isAccess(parts[1]):
		d.CgroupPermissions = parts[1]
	case len(parts) == 2:
		d.PathInContainer = parts[1]
	}
	if !path.IsAbs(d.PathInContainer) {
		return d, fmt.Errorf("%s is not an absolute path", d.PathInContainer)
	}
	return d, nil
}

func isAccess(text string) bool {
	return text != "" && strings.Trim(text, everyAccess) == "" && len(text) <= len(everyAccess)
}

// applyDevices gives the container the devices that were asked for: as nodes of
// its own and, where a cgroup guards, with a rule. In a user namespace the nodes
// can only be bound, and whoever may use them on the host may do so inside.
func (s *Settings) applyDevices(spec *specs.Spec, host Host) error {
	devices := s.Devices
	if s.Privileged {
		devices = append([]Device{{"/dev", "/dev", everyAccess}}, devices...)
		if spec.Linux.Resources != nil {
			allow(spec, specs.LinuxDeviceCgroup{Allow: true, Access: everyAccess})
		}
	}
	for _, wanted := range devices {
		if !host.OwnsDevices && wanted.CgroupPermissions != everyAccess {
			return fmt.Errorf("--device %s:%s:%s: to allow less than rwm takes a cgroup, and an ordinary user's cannot guard devices",
				wanted.PathOnHost, wanted.PathInContainer, wanted.CgroupPermissions)
		}
		nodes, err := wanted.nodes()
		if err != nil {
			return fmt.Errorf("error gathering device information while adding custom device %q: %w", wanted.PathOnHost, err)
		}
		for _, node := range nodes {
			node.give(spec, host, wanted.CgroupPermissions)
		}
	}
	return nil
}

// node is a device, and the name it has on the host.
type node struct {
	specs.LinuxDevice
	source string
}

func (n node) give(spec *specs.Spec, host Host, access string) {
	if !host.OwnsDevices {
		spec.Mounts = append(spec.Mounts, specs.Mount{Destination: n.Path, Type: "bind", Source: n.source, Options: []string{"bind"}})
		return
	}
	spec.Linux.Devices = append(spec.Linux.Devices, n.LinuxDevice)
	if spec.Linux.Resources != nil {
		allow(spec, specs.LinuxDeviceCgroup{Allow: true, Type: n.Type, Major: &n.Major, Minor: &n.Minor, Access: access})
	}
}

func allow(spec *specs.Spec, rule specs.LinuxDeviceCgroup) {
	spec.Linux.Resources.Devices = append(spec.Linux.Resources.Devices, rule)
}

// nodes finds the device, or all those in the folder. A link is followed.
func (d Device) nodes() ([]node, error) {
	source, err := filepath.EvalSymlinks(d.PathOnHost)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, unix.ENOENT // Docker's words
	}
	if err != nil {
		return nil, err
	}
	var found []node
	err = filepath.WalkDir(source, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // gone since its folder was read
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(notDevices(), entry.Name()):
			return fs.SkipDir
		case entry.Type()&fs.ModeDevice == 0 || name != source && slices.Contains(ownDevices(), name):
			return nil
		}
		device, err := lookAt(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // unplugged just now
		}
		device.Path = path.Join(d.PathInContainer, strings.TrimPrefix(name, source))
		found = append(found, node{device, name})
		return err
	})
	if err == nil && len(found) == 0 && source != "/dev" { // a small machine's may have no others
		err = errors.New("not a device node")
	}
	return found, err
}

// notDevices are folders of /dev in which each container has its own, or that
// hold no devices, as the process table that a sandbox keeps there.
func notDevices() []string {
	return []string{"pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev", ".proc"}
}

// ownDevices are those every container has of its own.
func ownDevices() []string {
	return []string{"/dev/console", "/dev/ptmx", "/dev/tty", "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}
}

// lookAt describes a device. See stat(2), st_rdev.
func lookAt(name string) (specs.LinuxDevice, error) {
	var stat unix.Stat_t
	if err := unix.Lstat(name, &stat); err != nil {
		return specs.LinuxDevice{}, &os.PathError{Op: "lstat", Path: name, Err: err}
	}
	kind := "c"
	if stat.Mode&unix.S_IFMT == unix.S_IFBLK {
		kind = "b"
	}
	mode := os.FileMode(stat.Mode & 0o777)
	return specs.LinuxDevice{
		Type: kind, Major: int64(unix.Major(stat.Rdev)), Minor: int64(unix.Minor(stat.Rdev)),
		FileMode: &mode, UID: &stat.Uid, GID: &stat.Gid,
	}, nil
}
