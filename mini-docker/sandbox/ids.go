package sandbox

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Nobody inside is the host's root. An ordinary user is root inside as
// themselves, since one id is all that they may map. Root is, in there, the first
// of a range of ids that is nobody's on the host. See user_namespaces(7),
// Defining user and group ID mappings.
const (
	firstShift = 1_000_000
	shifted    = 65536 // as many as an image may use

	// nobody is who DropToUser becomes: the user that by convention owns nothing.
	nobody = 65534
)

// RootInside is the user of the host that root inside is, who must be able to
// read Spec.Base. drop is Spec.DropToUser.
func RootInside(drop bool) int { return idsOf(drop).HostID }

// idsOf is the map of a sandbox's users, and of its groups where this is root.
func idsOf(drop bool) syscall.SysProcIDMap {
	switch {
	case os.Geteuid() != 0:
	case drop && isMapped(nobody, 1):
		return syscall.SysProcIDMap{HostID: nobody, Size: 1}
	case drop || !may(unix.CAP_SETUID) || !may(unix.CAP_SETGID):
	default:
		first := shift(readRanges("/etc/subuid"), readRanges("/etc/subgid"))
		if isMapped(first, shifted) {
			return syscall.SysProcIDMap{HostID: first, Size: shifted}
		}
	}
	return syscall.SysProcIDMap{HostID: os.Geteuid(), Size: 1}
}

// groupsOf is the map of a sandbox's groups.
func groupsOf(users syscall.SysProcIDMap) syscall.SysProcIDMap {
	if users.HostID == os.Geteuid() {
		users.HostID = os.Getegid()
	}
	return users
}

// shift is where the range begins: after the ranges that the administrator has
// set aside for users, whose containers use them. See subuid(5).
func shift(taken ...[]idRange) int {
	first := firstShift
	for moved := true; moved; {
		moved = false
		for _, ranges := range taken {
			for _, each := range ranges {
				if first < each.first+each.count && each.first < first+shifted {
					first, moved = each.first+each.count, true
				}
			}
		}
	}
	return first
}

// idRange is some ids that follow one another.
type idRange struct{ first, count int }

// readRanges reads /etc/subuid or /etc/subgid, if it is there. A line is
// NAME:FIRST:COUNT.
func readRanges(path string) []idRange {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	var ranges []idRange
	for lines := bufio.NewScanner(file); lines.Scan(); {
		_, numbers, _ := strings.Cut(lines.Text(), ":")
		var each idRange
		if n, _ := fmt.Sscanf(numbers, "%d:%d", &each.first, &each.count); n == 2 {
			ranges = append(ranges, each)
		}
	}
	return ranges
}

// isMapped says whether the users from first on exist in this process's own
// user namespace: inside a sandbox of an ordinary user only root does.
func isMapped(first, count int) bool {
	text, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return true
	}
	for line := range strings.Lines(string(text)) {
		var inside, outside, size int
		_, err := fmt.Sscan(line, &inside, &outside, &size)
		if err == nil && inside <= first && first+count <= inside+size {
			return true
		}
	}
	return false
}

// may says whether this process has a capability.
func may(capability int) bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	err := unix.Capget(&header, &data[0])
	return err == nil && data[capability/32].Effective>>(capability%32)&1 == 1
}
