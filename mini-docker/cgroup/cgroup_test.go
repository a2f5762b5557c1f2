package cgroup

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// TestMain makes this test program also what runs inside the groups: it waits
// for a line, so that it can be moved into a group first.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "member" {
		bufio.NewReader(os.Stdin).ReadString('\n')
		if place, ok := strings.CutPrefix(os.Args[2], "find "); ok {
			find(place)
		}
		member(os.Args[2])
	}
	os.Exit(m.Run())
}

func member(task string) {
	switch task {
	case "keep": // 30 MB that no swap takes
		kept, err := unix.Mmap(-1, 0, 30<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_POPULATE|unix.MAP_LOCKED)
		fmt.Println(len(kept), err)
		io.Copy(io.Discard, os.Stdin)
	case "eat": // 50 MB, a megabyte at a time
		var eaten [][]byte
		for range 50 {
			megabyte := make([]byte, 1<<20)
			for i := 0; i < len(megabyte); i += os.Getpagesize() {
				megabyte[i] = 1
			}
			eaten = append(eaten, megabyte)
		}
		fmt.Println("ate", len(eaten))
	case "null":
		_, err := os.ReadFile("/dev/null")
		fmt.Println(err)
	case "wait":
		fmt.Println("waiting")
		io.Copy(io.Discard, os.Stdin) // not select {}: the runtime calls that a deadlock
	case "spin":
		fmt.Println("spinning")
		for n := uint64(1); n > 0; n++ {
		}
	}
	os.Exit(0)
}

// start starts a member of the group that has been told to go on.
func start(t *testing.T, group Group, task string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	command := exec.Command("/proc/self/exe", "member", task)
	stdin, err := command.StdinPipe()
	must(t, err)
	stdout, err := command.StdoutPipe()
	must(t, err)
	must(t, command.Start())
	t.Cleanup(func() { command.Process.Kill(); command.Wait() })
	must(t, group.Add(command.Process.Pid))
	_, err = stdin.Write([]byte("\n"))
	must(t, err)
	return command, bufio.NewReader(stdout)
}

// newGroup makes a group that is removed at the end of the test, or skips where
// none can be made.
func newGroup(t *testing.T, limits *specs.LinuxResources) Group {
	t.Helper()
	group, err := New(nameOf(t))
	if errors.Is(err, ErrNone) {
		t.Skipf("no cgroups for this user here: %v", err)
	}
	must(t, err)
	t.Cleanup(func() {
		must(t, group.Remove())
		parent, _ := New(fmt.Sprintf("/drydock-test-%d", os.Getpid()))
		must(t, parent.Remove())
	})
	must(t, group.Create(limits))
	return group
}

func nameOf(t *testing.T) string {
	return fmt.Sprintf("/drydock-test-%d/%s", os.Getpid(), strings.ReplaceAll(t.Name(), "/", "-"))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func pointer[T any](value T) *T { return &value }

func TestMemoryBeyondTheLimitIsKilled(t *testing.T) {
	limit := func(bytes int64) *specs.LinuxResources {
		return &specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: &bytes, Swap: &bytes}}
	}
	t.Run("enough", func(t *testing.T) {
		group := newGroup(t, limit(100<<20))
		command, output := start(t, group, "eat")
		line, _ := output.ReadString('\n')
		if err := command.Wait(); err != nil || line != "ate 50\n" {
			t.Errorf("eating 50 MB under a limit of 100 MB: got %q, %v", line, err)
		}
		if stats, err := group.Stats(); err != nil || stats.OOMKills != 0 || stats.MemoryLimitBytes != 100<<20 {
			t.Errorf("got %+v, %v; want no OOM kill and a limit of 100 MB", stats, err)
		}
	})
	t.Run("too little", func(t *testing.T) {
		group := newGroup(t, limit(20<<20))
		command, _ := start(t, group, "eat")
		command.Wait()
		status := command.ProcessState.Sys().(syscall.WaitStatus)
		if !status.Signaled() || status.Signal() != unix.SIGKILL {
			t.Errorf("eating 50 MB under a limit of 20 MB: got %v, want SIGKILL", command.ProcessState)
		}
		if stats, err := group.Stats(); err != nil || stats.OOMKills == 0 {
			t.Errorf("OOM kills: got %d, %v; want at least one", stats.OOMKills, err)
		}
	})
}

func TestLimitsAreChangedAndMeasured(t *testing.T) {
	group := newGroup(t, &specs.LinuxResources{
		Memory: &specs.LinuxMemory{Limit: pointer(int64(64 << 20)), Swap: pointer(int64(64 << 20))},
		Pids:   &specs.LinuxPids{Limit: pointer(int64(50))},
		CPU:    &specs.LinuxCPU{Quota: pointer(int64(50_000)), Period: pointer(uint64(100_000)), Cpus: "0"},
	})
	_, output := start(t, group, "wait")
	output.ReadString('\n')
	for _, bytes := range []int64{128 << 20, 32 << 20} { // up and down: v1 is touchy about the order
		must(t, group.Set(&specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: &bytes, Swap: &bytes}}))
		stats, err := group.Stats()
		must(t, err)
		if stats.MemoryLimitBytes != uint64(bytes) || stats.ProcessesLimit != 50 {
			t.Errorf("got %+v, want a memory limit of %d and 50 processes", stats, bytes)
		}
		if stats.Processes == 0 || stats.CPUNanoseconds == 0 || stats.MemoryBytes == 0 {
			t.Errorf("got %+v, want the use of a process that lives", stats)
		}
	}
}

func TestRemoveEndsWhatIsLeft(t *testing.T) {
	group := newGroup(t, nil)
	command, output := start(t, group, "wait")
	output.ReadString('\n')
	removed := make(chan error, 1)
	go func() { removed <- group.Remove() }()
	command.Wait() // a zombie keeps its group: somebody has to wait for it
	must(t, <-removed)
	if status := command.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != unix.SIGKILL {
		t.Errorf("got %v, want SIGKILL", command.ProcessState)
	}
	must(t, group.Remove()) // a second time is no error
}

func TestDevicesOutsideTheRulesCannotBeOpened(t *testing.T) {
	denyAll := specs.LinuxDeviceCgroup{Allow: false, Access: "rwm"}
	null := specs.LinuxDeviceCgroup{Allow: true, Type: "c", Major: pointer(int64(1)), Minor: pointer(int64(3)), Access: "rw"}
	writeOnly := null
	writeOnly.Access = "w"
	for _, test := range []struct {
		name  string
		rules []specs.LinuxDeviceCgroup
		want  string
	}{
		{"allowed", []specs.LinuxDeviceCgroup{denyAll, null}, "<nil>"},
		{"denied", []specs.LinuxDeviceCgroup{denyAll}, "operation not permitted"},
		{"only for writing", []specs.LinuxDeviceCgroup{denyAll, writeOnly}, "operation not permitted"},
		{"allowed and then denied", []specs.LinuxDeviceCgroup{null, denyAll}, "operation not permitted"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if os.Getuid() != 0 {
				t.Skip("not root: devices are guarded by the user namespace instead")
			}
			for name, group := range deviceGroups(t, test.rules) {
				_, output := start(t, group, "null")
				if line, _ := output.ReadString('\n'); !strings.Contains(line, test.want) {
					t.Errorf("%s: reading /dev/null: got %q, want %q", name, line, test.want)
				}
			}
		})
	}
}

// deviceGroups are groups with the rules, one of the machine's own version and,
// where a v2 tree stands beside v1, one there: devices need no controller.
func deviceGroups(t *testing.T, rules []specs.LinuxDeviceCgroup) map[string]Group {
	groups := map[string]Group{"own": newGroup(t, &specs.LinuxResources{Devices: rules})}
	found, err := Find()
	must(t, err)
	if found.unified != "" && len(found.v1) > 0 {
		group := &v2{top: found.unified, dir: filepath.Join(found.unified, fmt.Sprintf("drydock-test-%d", os.Getpid()))}
		must(t, os.Mkdir(group.dir, 0o755))
		t.Cleanup(func() { must(t, group.Remove()) })
		must(t, group.setDevices(rules))
		groups["v2 beside v1"] = group
	}
	return groups
}

func TestSettingsOfVersion2(t *testing.T) {
	got, err := settingsV2(&specs.LinuxResources{
		Memory:  &specs.LinuxMemory{Limit: pointer(int64(100)), Swap: pointer(int64(150)), Reservation: pointer(int64(50))},
		CPU:     &specs.LinuxCPU{Quota: pointer(int64(50_000)), Shares: pointer(uint64(1024)), Cpus: "0-1"},
		Pids:    &specs.LinuxPids{Limit: pointer(int64(-1))},
		BlockIO: &specs.LinuxBlockIO{Weight: pointer(uint16(500))},
	})
	want := []setting{
		{"memory.max", "100"}, {"memory.low", "50"}, {"memory.swap.max", "50"},
		{"cpu.max", "50000 100000"}, {"cpu.weight", "39"}, {"cpuset.cpus", "0-1"},
		{"pids.max", "max"}, {"io.weight", "default 4950"},
	}
	inOrder := func(a, b setting) int { return strings.Compare(a.file, b.file) } // the kernel asks for none
	slices.SortFunc(got, inOrder)
	slices.SortFunc(want, inOrder)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got  %v, %v\nwant %v, in any order", got, err, want)
	}
	for name, memory := range map[string]*specs.LinuxMemory{
		"below that of memory":    {Limit: pointer(int64(100)), Swap: pointer(int64(50))},
		"needs a limit of memory": {Swap: pointer(int64(50))},
	} {
		if _, err := settingsV2(&specs.LinuxResources{Memory: memory}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want an error with %q", err, name)
		}
	}
}

func TestALimitGivenLaterHoldsForProcessesThatAreThere(t *testing.T) {
	group := newGroup(t, nil)
	command, output := start(t, group, "wait")
	output.ReadString('\n')
	quota, period := int64(20_000), uint64(100_000)
	must(t, group.Set(&specs.LinuxResources{CPU: &specs.LinuxCPU{Quota: &quota, Period: &period}}))
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", command.Process.Pid))
	must(t, err)
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if (fields[1] == "cpu" || fields[1] == "cpu,cpuacct") && !strings.Contains(fields[2], "drydock") {
			t.Errorf("the process is in the cgroup %q, where the limit does not hold", fields[2])
		}
	}
}
