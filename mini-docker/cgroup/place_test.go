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
