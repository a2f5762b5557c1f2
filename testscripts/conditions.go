package testscripts

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/sys/unix"
)

// condition tells what this machine has.
func condition(name string) (bool, error) {
	switch name {
	case "root":
		// The root of more than themselves: in an ordinary user's namespace
		// there is one id (user_namespaces(7)).
		ids, err := os.ReadFile("/proc/self/uid_map")
		fields := strings.Fields(string(ids))
		return os.Geteuid() == 0 && len(fields) >= 3 && fields[2] != "1", err
	case "userns":
		most, err := os.ReadFile("/proc/sys/user/max_user_namespaces")
		return err == nil && strings.TrimSpace(string(most)) != "0", nil
	case "cgroup2":
		_, err := os.Stat("/sys/fs/cgroup/cgroup.controllers")
		return err == nil, nil
	case "limits":
		return CgroupsWritable(), nil
	case "overlay":
		systems, err := os.ReadFile("/proc/filesystems")
		return strings.Contains(string(systems), "\toverlay\n"), err
	case "go":
		_, err := exec.LookPath("go")
		return err == nil, nil
	}
	return false, fmt.Errorf("want root, userns, cgroup2, limits, overlay or go")
}

// CgroupsWritable says whether this process can make cgroups: in the tree of memory limits,
// or in that of all limits, or in the part of it that was delegated to us.
func CgroupsWritable() bool {
	const top = "/sys/fs/cgroup"
	own := ""
	if text, err := os.ReadFile("/proc/self/cgroup"); err == nil {
		for line := range strings.Lines(string(text)) {
			if path, ok := strings.CutPrefix(line, "0::"); ok {
				own = strings.TrimSpace(path)
			}
		}
	}
	if _, err := os.Stat(top + "/cgroup.controllers"); err != nil {
		return unix.Access(top+"/memory/cgroup.procs", unix.W_OK) == nil
	}
	return unix.Access(top+"/cgroup.procs", unix.W_OK) == nil || unix.Access(top+own+"/cgroup.procs", unix.W_OK) == nil
}
