package runtime_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drydock/mini-docker/cgroup"
	"drydock/mini-docker/runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// withLimits gives a container a cgroup, or skips the test where there is none
// to be had.
func withLimits(t *testing.T, limits *specs.LinuxResources) func(*specs.Spec) {
	t.Helper()
	path := fmt.Sprintf("/drydock-test-%d", os.Getpid())
	group, err := cgroup.New(path)
	if err != nil {
		t.Skipf("no cgroups for user %d here: %v", os.Getuid(), err)
	}
	t.Cleanup(func() { must(t, group.Remove()) }) // of a test that fails halfway, too
	return func(s *specs.Spec) {
		if os.Getuid() != 0 {
			variants["user"](s)
		}
		s.Linux.CgroupsPath = path
		s.Linux.Resources = limits
	}
}

func TestAMemoryEaterIsKilledAndReported(t *testing.T) {
	limit := int64(24 << 20)
	change := withLimits(t, &specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: &limit, Swap: &limit}})
	bundle := newBundle(t, []string{"eat"}, change)
	r := runtime.New(filepath.Join(bundle, "state"))
	process, err := r.Create(t.Context(), runtime.CreateOptions{ID: "one", Bundle: bundle})
	must(t, err)
	must(t, r.Start(t.Context(), "one"))
	if exit, err := process.Wait(); exit != 137 || err != nil {
		t.Errorf("exit: got %d, %v; want 137", exit, err)
	}
	stats, err := r.Stats("one")
	if err != nil || stats.OOMKills == 0 || stats.MemoryLimitBytes != uint64(limit) {
		t.Errorf("got %+v, %v; want an OOM kill under %d bytes", stats, err, limit)
	}
	must(t, r.Delete("one", false))
	wantNoCgroups(t)
}

func TestDevicesOfTheHostCannotBeOpened(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("not root: nobody makes devices in a user namespace")
	}
	change := withLimits(t, &specs.LinuxResources{Devices: []specs.LinuxDeviceCgroup{{Allow: false, Access: "rwm"}}})
	mayMake := func(s *specs.Spec) {
		all := []string{"CAP_MKNOD"}
		s.Process.Capabilities = &specs.LinuxCapabilities{Bounding: all, Permitted: all, Effective: all}
	}
	got := run(t, newBundle(t, []string{"open-disk"}, change, mayMake))
	if !strings.HasPrefix(got.output, "made, open: ") || !strings.Contains(got.output, "operation not permitted") {
		t.Errorf("making and opening a disk: got %q, want that only the opening is refused", got.output)
	}
	got = run(t, newBundle(t, []string{"open-disk"}, mayMake))
	if strings.Contains(got.output, "operation not permitted") {
		t.Errorf("without the guard: got %q: the check cannot fail", got.output)
	}
}

func TestDeleteAfterACrashRemovesTheCgroup(t *testing.T) {
	limit := int64(100)
	bundle := newBundle(t, []string{"hang"}, withLimits(t, &specs.LinuxResources{Pids: &specs.LinuxPids{Limit: &limit}}))
	pidfd := startAndKillCreator(t, bundle)
	waitGone(t, pidfd)
	r := runtime.New(filepath.Join(bundle, "state"))
	if s, err := r.State("one"); err != nil || s.Status != specs.StateStopped {
		t.Errorf("state after the crash: got %q, %v; want stopped", s.Status, err)
	}
	must(t, r.Delete("one", false))
	wantNoCgroups(t)
}

// wantNoCgroups looks for cgroups of this test program.
func wantNoCgroups(t *testing.T) {
	t.Helper()
	name := fmt.Sprintf("drydock-test-%d", os.Getpid())
	filepath.WalkDir("/sys/fs/cgroup", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == name {
			t.Errorf("a cgroup is left: %s", path)
		}
		return nil // a cgroup of others may go meanwhile
	})
}

// eat touches 50 MB.
func eat() {
	for range 50 {
		megabyte, err := unix.Mmap(-1, 0, 1<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
		if err != nil {
			os.Exit(9)
		}
		for i := 0; i < len(megabyte); i += os.Getpagesize() {
			megabyte[i] = 1
		}
	}
}

// openDisk makes the node of the first loop device and opens it. Without a
// guard nothing refuses that: if the device is not there, that is what open(2)
// says. Others, as the machine's memory, would need a capability as well.
func openDisk() {
	if err := unix.Mknod("/tmp/disk", unix.S_IFBLK|0o600, int(unix.Mkdev(7, 0))); err != nil {
		fmt.Println(err)
		return
	}
	_, err := os.Open("/tmp/disk")
	fmt.Println("made, open:", err)
}

// Where cgroup namespaces are boundaries (nsdelegate, on version 2), nobody starts a
// process from outside of one while being inside.
func TestAFurtherCommandIsInTheContainersCgroups(t *testing.T) {
	r, first := startHanging(t, func(s *specs.Spec) {
		withLimits(t, somePids())(s)
		s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.CgroupNamespace})
	})
	command, err := r.CommandOf("one")
	must(t, err)
	process, err := r.Exec(t.Context(), runtime.ExecOptions{ID: "one", Process: command})
	must(t, err)
	groups := map[int]string{}
	for _, pid := range []int{first, process.PID} {
		space, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/cgroup", pid))
		must(t, err)
		lists, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
		must(t, err)
		groups[pid] = space + "\n" + string(lists)
	}
	own, err := os.Readlink("/proc/self/ns/cgroup")
	must(t, err)
	if groups[first] != groups[process.PID] || strings.HasPrefix(groups[first], own) {
		t.Errorf("got %s\nwant those of the container: %s\nin a namespace of its own, not %s", groups[process.PID], groups[first], own)
	}
	must(t, r.Delete("one", true))
	process.Wait()
}
