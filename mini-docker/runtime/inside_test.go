package runtime_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"time"

	"drydock/mini-docker/runtime"

	"golang.org/x/sys/unix"
)

// facts is what the command inside sees of itself.
type facts struct {
	PID                       int
	Hostname, Cwd, Key        string
	Descriptors               []string
	Root                      []string // the names in /
	HostMounts                int      // mounts that are not the container's
	KernelCore                int64    // bytes readable from /proc/kcore
	SysctlError, LoopbackFlag string
	Capabilities              string
}

// inside is the command that runs in the containers.
func inside(args []string) int {
	switch args[0] {
	case "facts":
		json.NewEncoder(os.Stdout).Encode(gatherFacts())
	case "exit":
		return int(args[1][0] - '0')
	case "term":
		unix.Kill(os.Getpid(), unix.SIGKILL) // PID 1 cannot kill itself: goes on
		return 3
	case "hook", "failing-hook":
		return actAsHook(args[1], args[2], args[0] == "failing-hook")
	case "preserved":
		showPreserved()
	case "cgroups":
		showCgroups()
	case "inherited":
		showInherited()
	case "become-many":
		becomeMany()
	case "eat":
		eat()
	case "open-disk":
		openDisk()
	case "hang": // Go would find that a bare select waits for nobody, and end
		time.Sleep(time.Hour)
	case "orphan": // leaves a grandchild behind that ends after its parent
		child := exec.Command("/proc/self/exe", "make-orphan")
		child.Args[0] = "/command"
		if err := child.Run(); err != nil {
			return 9
		}
		for range 6000 { // until the orphan has come, gone and been reaped
			if !anyZombie() {
				return 0
			}
			time.Sleep(10 * time.Millisecond)
		}
		return 8
	case "make-orphan":
		orphan := exec.Command("/proc/self/exe", "exit", "0")
		orphan.Args[0] = "/command"
		orphan.Start()
	case "terminal":
		size, err := unix.IoctlGetWinsize(0, unix.TIOCGWINSZ)
		if err != nil {
			return 7
		}
		target, _ := os.Readlink("/proc/self/fd/0")
		json.NewEncoder(os.Stdout).Encode([]any{size.Row, size.Col, target})
	default:
		attack(args)
	}
	return 0
}

func gatherFacts() facts {
	f := facts{PID: os.Getpid(), Key: os.Getenv("KEY")}
	f.Hostname, _ = os.Hostname()
	f.Cwd, _ = os.Getwd()
	for _, fd := range []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"} {
		if target, err := os.Readlink("/proc/self/fd/" + fd); err == nil && !strings.Contains(target, "anon_inode") {
			f.Descriptors = append(f.Descriptors, fd)
		}
	}
	entries, _ := os.ReadDir("/")
	for _, entry := range entries {
		f.Root = append(f.Root, entry.Name())
	}
	mounts, _ := os.ReadFile("/proc/self/mountinfo")
	for line := range strings.Lines(string(mounts)) {
		point := strings.Fields(line)[4]
		if point != "/" && !strings.HasPrefix(point, "/proc") && !strings.HasPrefix(point, "/dev") {
			f.HostMounts++
		}
	}
	core, _ := os.ReadFile("/proc/kcore")
	f.KernelCore = int64(len(core))
	if err := os.WriteFile("/proc/sys/kernel/hostname", []byte("x"), 0); err != nil {
		f.SysctlError = err.Error()
	}
	flags, _ := os.ReadFile("/proc/net/if_inet6")
	f.LoopbackFlag = string(flags)
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "CapEff:"); ok {
			f.Capabilities = strings.TrimSpace(value)
		}
	}
	return f
}

// anyZombie says whether a process of this namespace waits to be reaped.
func anyZombie() bool {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, stat := range stats {
		text, _ := os.ReadFile(stat)
		if strings.Contains(string(text), ") Z ") {
			return true
		}
	}
	return false
}

// createAndHang starts a container and waits to be killed.
func createAndHang(bundle string) {
	r := runtime.New(filepath.Join(bundle, "state"))
	ctx := context.Background()
	process, err := r.Create(ctx, runtime.CreateOptions{ID: "one", Bundle: bundle, DieWithParent: true})
	if err == nil {
		err = r.Start(ctx, "one")
	}
	if err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(process.PID)
	time.Sleep(time.Hour) // not select {}: the runtime calls that a deadlock
}

// becomeMany makes a folder that belongs to another user, with a file in it.
func becomeMany() {
	goruntime.LockOSThread() // a user id is a thread's
	for _, err := range []error{
		os.Mkdir("/tmp/theirs", 0o700),
		os.WriteFile("/tmp/theirs/file", nil, 0o600),
		os.Chown("/tmp/theirs/file", 1000, 1000),
		os.Chown("/tmp/theirs", 1000, 1000),
		unix.Setresuid(1000, 1000, 1000),
		os.Remove("/tmp/theirs/file"),
		os.WriteFile("/tmp/theirs/other", nil, 0o600),
	} {
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	fmt.Println("uid", os.Getuid())
}
