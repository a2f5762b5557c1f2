package runtime

import (
	"fmt"
	"slices"
	"testing"

	"drydock/mini-docker/cgroup"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestAMountOfCgroupsBecomesOneForEachTree(t *testing.T) {
	asked := specs.Mount{Destination: "/sys/fs/cgroup", Type: "cgroup", Source: "cgroup", Options: []string{"nosuid", "ro"}}
	trees := []cgroup.Hierarchy{
		{Controllers: []string{"cpu", "cpuacct"}, Point: "/c/cpu,cpuacct", Own: "/c/cpu,cpuacct/mine"},
		{Controllers: []string{"name=systemd"}, Point: "/c/systemd", Own: "/c/systemd/mine"},
	}
	for hasNamespace, want := range map[bool][]string{
		true: {
			"/sys/fs/cgroup tmpfs tmpfs [nosuid mode=755]",
			"/sys/fs/cgroup/cpu,cpuacct cgroup cgroup [nosuid ro cpu cpuacct]",
			"/sys/fs/cgroup/systemd cgroup cgroup [nosuid ro name=systemd]",
		},
		false: {
			"/sys/fs/cgroup tmpfs tmpfs [nosuid mode=755]",
			"/sys/fs/cgroup/cpu,cpuacct bind /c/cpu,cpuacct/mine [nosuid ro]",
			"/sys/fs/cgroup/systemd bind /c/systemd/mine [nosuid ro]",
		},
	} {
		var got []string
		for _, each := range cgroupMounts(asked, trees, hasNamespace) {
			got = append(got, fmt.Sprintln(each.Destination, each.Type, each.Source, each.Options))
		}
		for i := range want {
			want[i] += "\n"
		}
		if !slices.Equal(got, want) {
			t.Errorf("namespace %t: got %q\nwant %q", hasNamespace, got, want)
		}
	}
	if want := []string{"nosuid", "ro"}; !slices.Equal(asked.Options, want) {
		t.Errorf("the options in config.json have become %q", asked.Options)
	}
}
