package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"drydock/testscripts/wait"
)

// hostState is what a sandbox must leave as it was.
func hostState(t *testing.T) map[string]string {
	t.Helper()
	state := map[string]string{}
	for _, name := range []string{"/proc/self/mountinfo", "/proc/sys/kernel/hostname"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		state[name] = string(text)
	}
	// The counters of /proc/net/dev change: the names of the interfaces do.
	links, err := os.ReadFile("/proc/net/dev")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(links)) {
		name, _, _ := strings.Cut(line, ":")
		state["links"] += strings.TrimSpace(name) + "\n"
	}
	state["cgroups"] = cgroupsOfOurs(os.Getpid())
	return state
}

// compareHost fails the test if the host is not what it was.
func compareHost(t *testing.T, before map[string]string) {
	t.Helper()
	after := hostState(t)
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if before[name] != after[name] {
			t.Errorf("%s: got\n%s\nwant, as before,\n%s", name, after[name], before[name])
		}
	}
}

func TestHostIsAsBefore(t *testing.T) {
	each(t, func(t *testing.T, s Spec) {
		before := hostState(t)
		box := start(t, s)
		want(t, box, "", "mount", "tmpfs", "/mnt", "")
		want(t, box, "", "write", "/etc/passwd", "no user")
		pid := box.PID()
		during := maps.Clone(before)
		delete(during, "cgroups") // the one thing that no namespace holds
		compareHost(t, during)
		if err := box.Close(); err != nil {
			t.Fatal(err)
		}
		compareHost(t, before)
		if err := unix.Kill(pid, 0); err != unix.ESRCH {
			t.Errorf("the sandbox's process 1 after Close: got %v, want %v", err, unix.ESRCH)
		}
	})
}

// Whoever kills the process that started a sandbox gives it no chance to clean
// up.
func TestEverythingDiesWithTheStarter(t *testing.T) {
	each(t, func(t *testing.T, s Spec) {
		before := hostState(t)
		control := filepath.Join(t.TempDir(), "run", "control")
		user := map[bool]string{true: "user", false: "root"}[s.DropToUser]
		command := exec.Command("/proc/self/exe", makeBase(t), control, user)
		command.Args[0] = "starter"
		command.Stderr = os.Stderr
		stdout, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(stdout)
		var pid int
		if lines.Scan(); lines.Err() == nil {
			fmt.Sscan(lines.Text(), &pid)
		}
		if lines.Scan(); pid == 0 || lines.Text() != "blocking" {
			t.Fatalf("starter: got PID %d and %q", pid, lines.Text())
		}
		init, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(init)
		if box, err := Attach(control); err != nil {
			t.Fatal(err)
		} else {
			want(t, box, "drydock", "hostname")
		}

		if made := cgroupsOfOurs(command.Process.Pid); made == "" && user == "root" {
			t.Error("a sandbox of root's has no cgroups")
		}
		command.Process.Kill()
		command.Wait()
		waitForEnd(t, init)
		waitForNoCgroups(t, command.Process.Pid)
		compareHost(t, before)
		// The socket nobody could remove goes as soon as somebody looks.
		if _, err := Attach(control); !errors.Is(err, ErrEnded) {
			t.Errorf("Attach: got %v, want %v", err, ErrEnded)
		}
		if _, err := os.Lstat(control); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the control socket: got %v, want %v", err, fs.ErrNotExist)
		}
	})
}

// waitForEnd waits until a process has ended. See pidfd_open(2).
func waitForEnd(t *testing.T, pidfd int) {
	t.Helper()
	poll := []unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}
	deadline := time.Now().Add(wait.Deadline)
	for {
		n, err := unix.Poll(poll, int(time.Until(deadline).Milliseconds()))
		if err == unix.EINTR {
			continue
		}
		if n != 1 {
			t.Fatal("the sandbox's process 1 lives on")
		}
		return
	}
}

// What is put inside is a copy: nothing that is done to it reaches the host.
func TestNothingOfTheHostIsSeen(t *testing.T) {
	each(t, func(t *testing.T, s Spec) {
		host := filepath.Join(t.TempDir(), "program")
		if err := os.WriteFile(host, []byte("original"), 0o700); err != nil {
			t.Fatal(err)
		}
		s.Files = []File{{Source: host, Target: "/usr/local/bin/program"}}
		box := start(t, s)
		want(t, box, "original", "cat", "/usr/local/bin/program")
		want(t, box, "", "write", "/usr/local/bin/program", "replaced")
		if text, err := os.ReadFile(host); string(text) != "original" {
			t.Errorf("the program on the host: got %q, %v", text, err)
		}
		got, _ := output(t, box, "cat", "/proc/self/mountinfo")
		for line := range strings.Lines(got) {
			fields := strings.Fields(line)
			if mountedFrom, at := fields[3], fields[4]; mountedFrom != "/" && !strings.HasPrefix(at, "/dev/") && at != StateDir {
				t.Errorf("a part of a file system is mounted: %s", line)
			}
			if strings.Contains(line, "shared:") {
				t.Errorf("what is mounted below would be seen outside: %s", line)
			}
		}
	})
}

// Settings of the whole machine are read-only in the view of a sandbox.
func TestHostSettingsCannotBeChanged(t *testing.T) {
	each(t, func(t *testing.T, s Spec) {
		box := start(t, s)
		for _, name := range []string{
			"/proc/sys/kernel/panic", "/proc/sys/kernel/core_pattern", "/proc/sys/vm/swappiness",
			"/proc/sys/fs/file-max", "/proc/sysrq-trigger", "/sys/kernel/mm/ksm/run",
		} {
			if _, exit := output(t, box, "cat", name); exit != 0 && name != "/proc/sysrq-trigger" {
				continue // this kernel does not have it
			}
			if got, exit := output(t, box, "append", name); exit == 0 {
				t.Errorf("%s could be opened for writing: %s", name, got)
			}
		}
		want(t, box, "", "write", "/proc/sys/net/ipv4/ip_forward", "1")
		status, _ := output(t, box, "cat", "/proc/self/status")
		// Bits 16, 22, 25: CAP_SYS_MODULE, CAP_SYS_BOOT, CAP_SYS_TIME.
		var bounding uint64
		_, after, _ := strings.Cut(status, "CapBnd:")
		fmt.Sscanf(strings.TrimSpace(after), "%x", &bounding)
		if bounding == 0 || bounding&(1<<16|1<<22|1<<25) != 0 {
			t.Errorf("bounding set: got %x, want it without CAP_SYS_MODULE, CAP_SYS_BOOT and CAP_SYS_TIME", bounding)
		}
	})
}

// The tests once more as a user who never was root.
func TestAsOrdinaryUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this is it")
	}
	home, err := os.MkdirTemp("", "sandbox-user")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	if err := os.Chown(home, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.v")
	command.Args[0] = "sandbox.test"
	command.Dir = "/"
	command.Env = []string{"HOME=" + home, "TMPDIR=" + home, "PATH=" + os.Getenv("PATH")}
	command.SysProcAttr = ordinaryUser()
	text, err := command.CombinedOutput()
	if err != nil {
		t.Errorf("as user %d: %v\n%s", nobody, err, text)
	}
}

func TestStartTellsWhatIsMissing(t *testing.T) {
	_, err := Start(context.Background(), Spec{Base: filepath.Join(t.TempDir(), "none")})
	if !errors.Is(err, ErrNoBase) {
		t.Errorf("without a base: got %v, want %v", err, ErrNoBase)
	}
	_, err = Start(context.Background(), Spec{Base: makeBase(t), Files: []File{{Source: "/none", Target: "/x"}}})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("with a program that is not there: got %v, want %v", err, fs.ErrNotExist)
	}
}
