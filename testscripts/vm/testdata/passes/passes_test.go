// Package passes is run in the machine by the tests of testscripts/vm.
package passes

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestTheMachineIsWhatLearnersHave(t *testing.T) {
	var fs unix.Statfs_t
	if err := unix.Statfs("/sys/fs/cgroup", &fs); err != nil || fs.Type != unix.CGROUP2_SUPER_MAGIC {
		t.Errorf("/sys/fs/cgroup is no cgroup v2: type %#x, %v", fs.Type, err)
	}
	systems, err := os.ReadFile("/proc/filesystems")
	if err != nil || !strings.Contains(string(systems), "\toverlay\n") {
		t.Errorf("no overlayfs: %v", err)
	}
	for _, path := range []string{"/sys/module/nf_tables", "/sys/module/vxlan", "/sys/module/bridge", "passes_test.go"} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x"), make([]byte, 1<<20), 0o600); err != nil {
		t.Error(err)
	}
}

// TestARootCanBePivoted proves that / is no initramfs, whose root cannot be.
func TestARootCanBePivoted(t *testing.T) {
	out, err := exec.Command("unshare", "-Urm", "sh", "-ec", `
		mkdir /tmp/new.$$ && mount -t tmpfs new /tmp/new.$$ && cd /tmp/new.$$ && mkdir old
		pivot_root . old`).CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
	old, _ := filepath.Glob("/tmp/new.*")
	for _, dir := range old {
		os.Remove(dir)
	}
}

// TestOurCgroupIsOurs makes a cgroup with a limit below this process's own, as
// root may anywhere and an ordinary user only where a subtree was delegated.
func TestOurCgroupIsOurs(t *testing.T) {
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	dir := "/sys/fs/cgroup" + strings.TrimSpace(strings.TrimPrefix(string(own), "0::"))
	leaf, child := dir+"/init", dir+"/child"
	for _, step := range []func() error{
		func() error { return os.Mkdir(leaf, 0o755) },
		func() error { return write(leaf, "cgroup.procs", strconv.Itoa(os.Getpid())) },
		func() error { return write(dir, "cgroup.subtree_control", "+memory +pids +cpu +io +cpuset") },
		func() error { return os.Mkdir(child, 0o755) },
		func() error { return write(child, "memory.max", "20M") },
		func() error { return write(child, "pids.max", "10") },
		func() error { return write(child, "cpu.max", "50000 100000") },
		func() error { return os.Remove(child) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
}

func write(dir, file, text string) error {
	return os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644)
}

func TestSkipped(t *testing.T) { t.Skip("no reason at all") }
