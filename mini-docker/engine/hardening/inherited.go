package hardening

import (
	"os"
	"slices"
	"strings"
)

// ReadOnlyHere lists what of /proc and /sys this process itself may only read,
// by mount points: nothing on a machine of its own, the settings of the whole
// machine in a sandbox or a container. See proc(5), /proc/pid/mountinfo.
func ReadOnlyHere() ([]string, error) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	return readOnlyMounts(string(text)), nil
}

// readOnlyMounts reads a table of mounts. Of two on one point the later one
// covers the other.
func readOnlyMounts(mountinfo string) []string {
	var found []string
	for line := range strings.Lines(mountinfo) {
		fields := strings.Fields(line)
		if len(fields) < 6 {
			continue
		}
		point, options := fields[4], strings.Split(fields[5], ",")
		if point != "/sys" && !strings.HasPrefix(point, "/sys/") && !strings.HasPrefix(point, "/proc/") {
			continue
		}
		found = slices.DeleteFunc(found, func(p string) bool { return p == point })
		if slices.Contains(options, "ro") {
			found = append(found, point)
		}
	}
	return found
}
