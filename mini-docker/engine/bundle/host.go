package bundle

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Host is what this process may do on this machine, as far as a bundle depends
// on it.
type Host struct {
	UID, GID int  // of this process
	NewUser  bool // the container needs a user namespace: this process is not root
	Cgroup2  bool // the kernel has cgroup v2

	VolatileOverlay bool // overlayfs knows the option volatile: Linux 5.10

	uidMap, gidMap []specs.LinuxIDMapping // of the new user namespace

	uids, gids idRanges // what the user namespace maps that the container will be in
}

// idRanges are the ids that mean something in a user namespace.
type idRanges []idRange

type idRange struct{ first, count int64 }

// ThisHost looks at the machine.
func ThisHost() Host {
	host := Host{UID: os.Geteuid(), GID: os.Getegid(), NewUser: os.Geteuid() != 0}
	filesystems, _ := os.ReadFile("/proc/filesystems")
	host.Cgroup2 = strings.Contains(string(filesystems), "\tcgroup2\n")
	host.VolatileOverlay = kernelAtLeast(5, 10)
	if host.NewUser {
		host.uidMap, host.gidMap = idMaps(host.UID, host.GID)
		host.uids, host.gids = mapped(host.uidMap), mapped(host.gidMap)
		return host
	}
	host.uids, host.gids = readRanges("/proc/self/uid_map"), readRanges("/proc/self/gid_map")
	return host
}

// kernelAtLeast compares the kernel's version. See uname(2).
func kernelAtLeast(major, minor int) bool {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return false
	}
	var haveMajor, haveMinor int
	fmt.Sscanf(unix.ByteSliceToString(name.Release[:]), "%d.%d", &haveMajor, &haveMinor)
	return haveMajor > major || haveMajor == major && haveMinor >= minor
}

// readRanges reads the first and third column of an id map. See
// user_namespaces(7).
func readRanges(path string) idRanges {
	everything := idRanges{{0, 1 << 32}} // a kernel without user namespaces
	file, err := os.Open(path)
	if err != nil {
		return everything
	}
	defer file.Close()
	var ranges idRanges
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var inside, outside, count int64
		if n, _ := fmt.Sscan(lines.Text(), &inside, &outside, &count); n == 3 {
			ranges = append(ranges, idRange{inside, count})
		}
	}
	return ranges
}

func (r idRanges) has(id int64) bool {
	for _, each := range r {
		if each.first <= id && id < each.first+each.count {
			return true
		}
	}
	return false
}

// OwnsDevices says whether this process may make and open the machine's devices:
// it is root, and not only in a user namespace.
func (h Host) OwnsDevices() bool { return !h.NewUser && h.uids.has(1<<32-2) }

// HasUser says whether a user id means something in the container.
func (h Host) HasUser(uid uint32) bool { return h.uids.has(int64(uid)) }

// HasGroup says whether a group id means something in the container.
func (h Host) HasGroup(gid uint32) bool { return h.gids.has(int64(gid)) }
