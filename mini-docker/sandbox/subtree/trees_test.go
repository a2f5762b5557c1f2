package subtree

import (
	"slices"
	"testing"
)

// Where cgroups are mounted on machines of three kinds, as their
// /proc/self/mountinfo has it.
const (
	unified = `34 23 0:29 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate
`
	hybrid = `31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:10 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
39 31 0:36 / /sys/fs/cgroup/net_cls rw - cgroup cgroup rw,net_cls
40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
`
)

func TestTreesOfMachines(t *testing.T) {
	for _, test := range []struct {
		name, mountinfo string
		version         int
		tops            []string
	}{
		{"unified", unified, 2, []string{"/sys/fs/cgroup"}},
		{"hybrid", hybrid, 1, []string{"/sys/fs/cgroup/unified", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/memory"}},
		{"none", "23 1 0:22 / / rw - ext4 /dev/vda rw\n", 0, nil},
	} {
		trees := parseTrees(test.mountinfo)
		var tops []string
		for _, tree := range trees {
			tops = append(tops, tree.top)
		}
		if !slices.Equal(tops, test.tops) || versionOf(trees) != test.version {
			t.Errorf("%s: got %q, version %d, want %q, %d", test.name, tops, versionOf(trees), test.tops, test.version)
		}
	}
	both := parseTrees(hybrid)[1]
	if both.Name != "cpu,cpuacct" || !slices.Equal(both.Controllers, []string{"cpu", "cpuacct"}) {
		t.Errorf("got %+v, want a tree of cpu and cpuacct", both)
	}
}
