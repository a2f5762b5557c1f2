package runtime_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"drydock/mini-docker/runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

func TestTheCommandSeesAMachineOfItsOwn(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		before := mountinfo(t)
		got := run(t, newBundle(t, []string{"facts"}, change))
		var f facts
		if err := json.Unmarshal([]byte(got.output), &f); err != nil || got.err != nil || got.exit != 0 {
			t.Fatalf("run: %+v, %v", got, err)
		}
		if f.PID != 1 {
			t.Errorf("PID: got %d, want 1", f.PID)
		}
		if f.Hostname != "inside" || f.Cwd != "/tmp" || f.Key != "value" {
			t.Errorf("got hostname %q, cwd %q, KEY %q; want inside, /tmp, value", f.Hostname, f.Cwd, f.Key)
		}
		if want := []string{"0", "1", "2"}; !slices.Equal(f.Descriptors, want) {
			t.Errorf("descriptors: got %v, want %v", f.Descriptors, want)
		}
		if want := []string{"command", "dev", "proc", "sys", "text", "tmp"}; !slices.Equal(f.Root, want) {
			t.Errorf("names in /: got %v, want %v", f.Root, want)
		}
		if f.HostMounts != 0 {
			t.Errorf("%d mounts of the host can be seen", f.HostMounts)
		}
		if f.KernelCore != 0 || !strings.Contains(f.SysctlError, "read-only file system") {
			t.Errorf("/proc/kcore gives %d bytes, writing a sysctl says %q", f.KernelCore, f.SysctlError)
		}
		if f.Capabilities != "0000000000000000" {
			t.Errorf("effective capabilities: got %s, want none", f.Capabilities)
		}
		if after := mountinfo(t); after != before {
			t.Errorf("the host's mounts changed:\n%s\n%s", before, after)
		}
	})
}

func TestExitStatusIsTheCommands(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		for arg, want := range map[string]int{"exit 7": 7, "exit 0": 0, "term": 3} {
			if got := run(t, newBundle(t, strings.Fields(arg), change)); got.exit != want || got.err != nil {
				t.Errorf("%s: got %+v, want exit %d", arg, got, want)
			}
		}
	})
}

func TestACommandThatCannotBeExecutedIsNamed(t *testing.T) {
	for _, test := range []struct {
		command string
		want    error
		exit    int
	}{
		{"nothing-here", runtime.ErrCommandNotFound, 127},
		{"/nothing-here", runtime.ErrCommandNotFound, 127},
		{"/text", runtime.ErrCommandNotExecutable, 126},
		{"/tmp", runtime.ErrCommandNotExecutable, 126},
	} {
		for _, init := range []bool{false, true} {
			bundle := newBundle(t, nil, variants["user"], func(s *specs.Spec) { s.Process.Args = []string{test.command} })
			got := run(t, bundle, func(o *runtime.CreateOptions) { o.Init = init })
			if !errors.Is(got.err, test.want) || got.exit != test.exit || strings.Count(got.err.Error(), test.command) != 1 {
				t.Errorf("%s, init %t: got %v, exit %d; want %v, exit %d", test.command, init, got.err, got.exit, test.want, test.exit)
			}
		}
	}
}

func TestInitReapsOrphans(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		asInit := func(o *runtime.CreateOptions) { o.Init = true }
		if got := run(t, newBundle(t, []string{"orphan"}, change), asInit); got.exit != 0 || got.err != nil {
			t.Errorf("got %+v: the orphan stayed a zombie", got)
		}
		if got := run(t, newBundle(t, []string{"exit", "5"}, change), asInit); got.exit != 5 {
			t.Errorf("exit status through the init: got %d, want 5", got.exit)
		}
	})
}

func TestAnOrdinaryUserCanHaveManyUsersInside(t *testing.T) {
	bundle := newBundle(t, []string{"become-many"}, subordinate(t), func(s *specs.Spec) {
		all := []string{"CAP_CHOWN", "CAP_SETUID", "CAP_SETGID", "CAP_DAC_OVERRIDE"}
		s.Process.Capabilities = &specs.LinuxCapabilities{Bounding: all, Permitted: all, Effective: all}
	})
	if got := run(t, bundle); got.exit != 0 || got.output != "uid 1000\n" {
		t.Errorf("got %+v, want uid 1000", got)
	}
	theirs := filepath.Join(bundle, "rootfs/tmp/theirs")
	if err := os.RemoveAll(theirs); err == nil {
		t.Error("the world is not alive: another user's folder could be removed from outside")
	}
	spec := defaultSpec(nil)
	subordinate(t)(spec)
	if err := runtime.RemoveAll(theirs, spec.Linux); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(theirs); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after RemoveAll: got %v, want that it is gone", err)
	}
}

func TestTerminalHasASizeAndAName(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		bundle := newBundle(t, []string{"terminal"}, change, func(s *specs.Spec) {
			s.Process.Terminal, s.Process.ConsoleSize = true, &specs.Box{Height: 33, Width: 99}
		})
		r := runtime.New(filepath.Join(bundle, "state"))
		process, err := r.Create(t.Context(), runtime.CreateOptions{ID: "one", Bundle: bundle})
		must(t, err)
		defer process.Console.Close()
		must(t, r.Start(t.Context(), "one"))
		line, err := bufio.NewReader(process.Console).ReadString('\n')
		if want := "[33,99,\"/dev/pts/0\"]"; strings.TrimSpace(line) != want {
			t.Errorf("got %q (%v), want %s", line, err, want)
		}
		process.Wait()
		must(t, r.Delete("one", false))
	})
}

func TestStatesFollowTheProcess(t *testing.T) {
	bundle := newBundle(t, []string{"hang"}, variants["user"])
	r := runtime.New(filepath.Join(bundle, "state"))
	if _, err := r.State("one"); !errors.Is(err, runtime.ErrNotExist) {
		t.Errorf("state before create: got %v, want ErrNotExist", err)
	}
	process, err := r.Create(t.Context(), runtime.CreateOptions{ID: "one", Bundle: bundle})
	must(t, err)
	expect := func(want specs.ContainerState) {
		t.Helper()
		if s, err := r.State("one"); s.Status != want || err != nil {
			t.Errorf("state: got %q, %v; want %q", s.Status, err, want)
		}
	}
	expect(specs.StateCreated)
	if _, err := r.Create(t.Context(), runtime.CreateOptions{ID: "one", Bundle: bundle}); !errors.Is(err, runtime.ErrExists) {
		t.Errorf("creating it twice: got %v, want ErrExists", err)
	}
	must(t, r.Start(t.Context(), "one"))
	expect(specs.StateRunning)
	if err := r.Start(t.Context(), "one"); err == nil {
		t.Error("starting it twice: got no error")
	}
	if err := r.Delete("one", false); !errors.Is(err, runtime.ErrStillRunning) {
		t.Errorf("deleting it: got %v, want ErrStillRunning", err)
	}
	must(t, r.Kill("one", unix.SIGKILL))
	if exit, err := process.Wait(); exit != 137 || err != nil {
		t.Errorf("exit: got %d, %v; want 137", exit, err)
	}
	expect(specs.StateStopped)
	if err := r.Kill("one", unix.SIGTERM); !errors.Is(err, runtime.ErrNotRunning) {
		t.Errorf("killing what has stopped: got %v, want ErrNotRunning", err)
	}
	must(t, r.Delete("one", false))
	if list, err := r.List(); len(list) != 0 || err != nil {
		t.Errorf("list: got %v, %v; want none", list, err)
	}
}

func TestDeleteByForceEndsWhatRuns(t *testing.T) {
	bundle := newBundle(t, []string{"hang"}, variants["user"])
	r := runtime.New(filepath.Join(bundle, "state"))
	process, err := r.Create(t.Context(), runtime.CreateOptions{ID: "one", Bundle: bundle})
	must(t, err)
	must(t, r.Delete("one", true))
	if exit, _ := process.Wait(); exit != 137 {
		t.Errorf("exit: got %d, want 137", exit)
	}
}

func TestAContainerDiesWithItsCreator(t *testing.T) {
	for name, user := range map[string]specs.User{"root": {}, "changed user": {UID: 1000, GID: 1000}} {
		t.Run(name, func(t *testing.T) {
			change := variants["user"]
			if os.Getuid() == 0 {
				change = variants["root"]
			} else if user.UID != 0 {
				t.Skip("not root: the user namespace maps one id, so there is no user to change to")
			}
			bundle := newBundle(t, []string{"hang"}, change, func(s *specs.Spec) { s.Process.User = user })
			waitGone(t, startAndKillCreator(t, bundle))
		})
	}
}

// startAndKillCreator has another process create and start the container, kills
// that process, and returns a pidfd of the container's first one.
func startAndKillCreator(t *testing.T, bundle string) (pidfd int) {
	t.Helper()
	creator := exec.Command("/proc/self/exe", "create-and-hang", bundle)
	creator.Stderr = os.Stderr
	output, err := creator.StdoutPipe()
	must(t, err)
	must(t, creator.Start())
	var pid int
	must(t, json.NewDecoder(output).Decode(&pid))
	pidfd, err = unix.PidfdOpen(pid, 0)
	must(t, err)
	must(t, creator.Process.Kill())
	creator.Wait()
	return pidfd
}

// waitGone fails the test, and ends the process, if it does not end by itself.
func waitGone(t *testing.T, pidfd int) {
	t.Helper()
	defer unix.Close(pidfd)
	poll := []unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}
	if n, err := unix.Poll(poll, 60_000); n != 1 {
		unix.PidfdSendSignal(pidfd, unix.SIGKILL, nil, 0)
		t.Errorf("the container still runs a minute after its creator was killed (%v)", err)
	}
}

func TestABundleThatAsksForTheUnsupportedIsRefused(t *testing.T) {
	for want, change := range map[string]func(*specs.Spec){
		"process.args is empty": func(s *specs.Spec) { s.Process.Args = nil },
		`type "time" are not`:   func(s *specs.Spec) { s.Linux.Namespaces[1].Type = specs.TimeNamespace },
	} {
		bundle := newBundle(t, []string{"facts"}, variants["user"], change)
		r := runtime.New(filepath.Join(bundle, "state"))
		_, err := r.Create(t.Context(), runtime.CreateOptions{ID: "one", Bundle: bundle})
		if err == nil {
			err = r.Start(t.Context(), "one")
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
		r.Delete("one", true)
	}
}

func TestMountsCannotLeaveTheRootThroughLinks(t *testing.T) {
	victim := t.TempDir()
	bundle := newBundle(t, []string{"facts"}, variants["user"], func(s *specs.Spec) {
		s.Mounts = append(s.Mounts, specs.Mount{Destination: "/tmp/link/inside", Type: "tmpfs", Source: "tmpfs"})
	})
	must(t, os.MkdirAll(filepath.Join(bundle, "rootfs", victim), 0o755))
	must(t, os.Chmod(filepath.Join(bundle, "rootfs", victim), 0o777))
	link := filepath.Join(bundle, "rootfs/tmp/link")
	must(t, os.Symlink(strings.Repeat("../", 20)+victim, link))
	run(t, bundle)
	if _, err := os.Stat(filepath.Join(victim, "inside")); err == nil {
		t.Error("a mount point was made outside the container's root")
	}
	// The link was followed inside the root instead.
	if _, err := os.Stat(filepath.Join(bundle, "rootfs", victim, "inside")); err != nil {
		t.Errorf("the world is not alive: %v", err)
	}
}

func mountinfo(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("/proc/self/mountinfo")
	must(t, err)
	return string(text)
}

func ExampleRuntime_State() {
	r := runtime.New("/run/example/containers")
	_, err := r.State("web")
	fmt.Println(err)
	// Output: container "web": container does not exist
}
