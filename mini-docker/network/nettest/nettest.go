// Package nettest gives tests network namespaces of their own, so that none of
// them touches the machine's network.
//
//	func TestMain(m *testing.M) { nettest.Main(m) }
//
//	func TestPing(t *testing.T) {
//		container := nettest.New(t)
//		container.Run(t, func() { … }) // with the sockets that are opened there
//	}
//
// It serves tests only.
package nettest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Patience is how long a test waits for what must come.
const Patience = time.Minute

// inside says to the test program that it has its namespaces already.
const inside = "NETTEST_INSIDE"

// Main runs the tests of a package in a network namespace of their own and, for
// an ordinary user, in a user namespace where they are root. It does not return.
func Main(m *testing.M) {
	if os.Getenv(inside) != "" {
		if err := loopbackUp(); err != nil {
			fmt.Fprintln(os.Stderr, "nettest:", err)
			os.Exit(1)
		}
		os.Exit(m.Run())
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET, Pdeathsig: unix.SIGKILL}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	runtime.LockOSThread() // the signal comes when the thread ends that cloned
	err := cmd.Run()
	if cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, "nettest: no network namespace for the tests:", err)
		os.Exit(1)
	}
	os.Exit(cmd.ProcessState.ExitCode())
}

// Namespace is a network namespace that exists for as long as its test. Only its
// loopback interface is there, and up.
type Namespace struct{ file *os.File }

// New makes a network namespace.
func New(t *testing.T) *Namespace {
	t.Helper()
	n := new(Namespace)
	onThread(func() {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			t.Errorf("making a network namespace: %v", err)
			return
		}
		file, err := os.Open(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()))
		if err == nil {
			err = loopbackUp()
		}
		if err != nil {
			t.Errorf("making a network namespace: %v", err)
		}
		n.file = file
	})
	if t.Failed() {
		t.FailNow()
	}
	t.Cleanup(func() { n.file.Close() })
	return n
}

// Path is a file that stands for the namespace.
func (n *Namespace) Path() string { return fmt.Sprintf("/proc/self/fd/%d", n.file.Fd()) }

// Run calls f on a thread in the namespace, and returns when f has. Sockets that
// f opens stay in it.
func (n *Namespace) Run(t *testing.T, f func()) {
	t.Helper()
	onThread(func() {
		if err := unix.Setns(int(n.file.Fd()), unix.CLONE_NEWNET); err != nil {
			t.Errorf("entering a network namespace: %v", err)
			return
		}
		f()
	})
	if t.Failed() {
		t.FailNow()
	}
}

// onThread calls f on a thread that is thrown away afterwards.
func onThread(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		f()
	}()
	<-done
}

// Await waits until a fact is true, a minute at most.
func Await(t *testing.T, what string, fact func() bool) {
	t.Helper()
	for deadline := time.Now().Add(Patience); !fact(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for %s", Patience, what)
		}
	}
}

// Interfaces are the names of the interfaces the machine of the test has.
func Interfaces(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("/proc/sys/net/ipv4/conf/*")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range paths {
		if name := filepath.Base(path); name != "all" && name != "default" {
			names = append(names, name)
		}
	}
	return names
}

// loopbackUp brings up lo in the calling thread's network namespace.
func loopbackUp() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request)
}

// Setting reads a setting below /proc/sys/net of the machine of the test.
func Setting(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("/proc/sys/net/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// Set changes such a setting until the test ends.
func Set(t *testing.T, name, value string) {
	t.Helper()
	path := "/proc/sys/net/" + name
	before := Setting(t, name)
	if err := os.WriteFile(path, []byte(value), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.WriteFile(path, []byte(before), 0) })
}
