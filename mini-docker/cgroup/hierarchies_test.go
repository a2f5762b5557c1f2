package cgroup

import (
	"reflect"
	"testing"
)

func TestTheTreesOfVersion1AreFoundWithTheProcessOwnGroups(t *testing.T) {
	trees := Trees{unified: "/c/unified", v1: map[string]tree{
		"cpu": {"/c/cpu,cpuacct", "/"}, "cpuacct": {"/c/cpu,cpuacct", "/"},
		"memory": {"/c/memory", "/part"}, "name=systemd": {"/c/systemd", "/"},
	}}
	got := trees.hierarchies("4:cpu,cpuacct:/a\n3:memory:/part/b\n2:pids:/not/mounted\n1:name=systemd:/s:1\n0::/u\n")
	want := []Hierarchy{
		{[]string{"cpu", "cpuacct"}, "/c/cpu,cpuacct", "/c/cpu,cpuacct/a"},
		{[]string{"memory"}, "/c/memory", "/c/memory/b"},
		{[]string{"name=systemd"}, "/c/systemd", "/c/systemd/s:1"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func TestTheTreeOfVersion2IsTheOnlyOne(t *testing.T) {
	got, err := Trees{unified: "/c", isUnified: true}.Hierarchies()
	if want := []Hierarchy{{Point: "/c", Own: "/c"}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestOptionsOfATreeAreNoControllers(t *testing.T) {
	for option, want := range map[string]bool{
		"cpu": true, "name=systemd": true, "rw": false, "xattr": false, "release_agent=/lib/agent": false,
	} {
		if got := isController(option); got != want {
			t.Errorf("%s: got %t, want %t", option, got, want)
		}
	}
}
