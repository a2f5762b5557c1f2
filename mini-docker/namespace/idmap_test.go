package namespace_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"drydock/mini-docker/namespace"
)

func TestWithoutRangesTheCallerIsTheOnlyUser(t *testing.T) {
	got := namespace.IDMaps(1000, nil)
	if want := []namespace.IDMap{{Inside: 0, Outside: 1000, Count: 1}}; !slices.Equal(got, want) {
		t.Errorf("user 1000 with no ranges: got %+v\nwant %+v: root inside is 1000 outside, and there is nobody else", got, want)
	}
}

func TestARangeBecomesTheUsersFromOneOn(t *testing.T) {
	got := namespace.IDMaps(1000, []namespace.IDMap{{Outside: 100000, Count: 65536}})
	want := []namespace.IDMap{{Inside: 0, Outside: 1000, Count: 1}, {Inside: 1, Outside: 100000, Count: 65536}}
	if !slices.Equal(got, want) {
		t.Errorf("user 1000 with 65536 ids from 100000 on: got %+v\nwant %+v: they are the users from 1 on", got, want)
	}
}

func TestRangesFollowOneAnother(t *testing.T) {
	got := namespace.IDMaps(1000, []namespace.IDMap{{Outside: 100000, Count: 10}, {Outside: 300000, Count: 5}, {Outside: 200000, Count: 7}})
	want := []namespace.IDMap{{0, 1000, 1}, {1, 100000, 10}, {11, 300000, 5}, {16, 200000, 7}}
	if !slices.Equal(got, want) {
		t.Errorf("user 1000 with 10 ids from 100000 on, 5 from 300000 on and 7 from 200000 on: got %+v\nwant %+v: each range begins where the one before it ends", got, want)
	}
}

// The kernel is the judge: it refuses a map that is not well made.
func TestTheKernelMakesTheCallerRoot(t *testing.T) {
	cmd := exec.Command("id", "-u")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}
	for _, each := range namespace.IDMaps(uint32(os.Geteuid()), nil) {
		cmd.SysProcAttr.UidMappings = append(cmd.SysProcAttr.UidMappings,
			syscall.SysProcIDMap{ContainerID: int(each.Inside), HostID: int(each.Outside), Size: int(each.Count)})
	}
	if exec.Command("unshare", "-U", "true").Run() != nil {
		t.Skip("this machine gives no user namespaces")
	}
	if text, err := cmd.CombinedOutput(); err != nil || strings.TrimSpace(string(text)) != "0" {
		t.Errorf("the kernel, asked for a user namespace with this map: %v, and `id -u` in it printed %q; want 0", err, text)
	}
}

func TestIdsSetAsideMayMeanNobodyHere(t *testing.T) {
	whole, one := []namespace.IDMap{{0, 0, 4294967295}}, []namespace.IDMap{{0, 1000, 1}}
	shifted := []namespace.IDMap{{0, 1000, 1}, {1, 100000, 65536}}
	set := []namespace.IDMap{{Outside: 100000, Count: 65536}}
	for _, test := range []struct {
		ranges, maps []namespace.IDMap
		want         bool
	}{{set, whole, true}, {set, one, false}, {set, shifted, false}, {[]namespace.IDMap{{Outside: 1, Count: 65536}}, shifted, true},
		{[]namespace.IDMap{{Outside: 2, Count: 65536}}, shifted, false}, {nil, one, true}} {
		if got := namespace.Exist(test.ranges, test.maps); got != test.want {
			t.Errorf("%v in %v: got %t, want %t", test.ranges, test.maps, got, test.want)
		}
	}
	if maps, err := namespace.ReadMap("/proc/self/uid_map"); err != nil || len(maps) == 0 {
		t.Errorf("this process' own map: got %v, %v", maps, err)
	}
}
