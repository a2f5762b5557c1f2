package cgroup

import (
	"fmt"
	"os"
	"testing"
)

// find prints how many processes are in the group at a place.
func find(place string) {
	trees, err := Find()
	var group Group
	if err == nil {
		group, err = trees.At(place)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	stats, err := group.Stats()
	fmt.Println(stats.Processes > 0, err)
	os.Exit(0)
}

// For an ordinary user a path alone means another group in each part of the
// tree that a program may be started in.
func TestAGroupIsFoundAgainFromAnotherPartOfTheTree(t *testing.T) {
	group := newGroup(t, nil)
	trees, err := Find()
	must(t, err)
	place, err := trees.Place(nameOf(t))
	must(t, err)
	_, output := start(t, group, "find "+place)
	if line, _ := output.ReadString('\n'); line != "true <nil>\n" {
		t.Errorf("from inside of the group: got %q, want that its processes are counted", line)
	}
}

// The empty tree of version 2 that a hybrid machine has beside version 1 may be
// all that a sandbox sees. See cgroups(7), /proc/cgroups.
func TestWhatIsMountedIsNotAlwaysInForce(t *testing.T) {
	want := 2
	if isHeldByV1("memory") {
		want = 1
	}
	for name, trees := range map[string]Trees{
		"version 2 alone": {unified: "/sys/fs/cgroup", isUnified: true},
		"both":            {unified: "/sys/fs/cgroup/unified", isUnified: want == 2, v1: map[string]tree{"memory": {}}},
	} {
		if got := trees.InForce(); got != want {
			t.Errorf("%s mounted: got version %d, want %d", name, got, want)
		}
	}
	if got := (Trees{}).InForce(); got != 0 {
		t.Errorf("none mounted: got version %d, want 0", got)
	}
}
