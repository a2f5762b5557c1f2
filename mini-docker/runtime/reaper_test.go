package runtime

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// alone runs the test in a process that has no children but its own, and says
// whether this is that process. What reap does not end in time has hung.
func alone(t *testing.T) bool {
	const name = "REAP_ALONE"
	if os.Getenv(name) != "" {
		return true
	}
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, "/proc/self/exe", "-test.run=^"+t.Name()+"$")
	command.Env = append(os.Environ(), name+"=yes")
	output, err := command.CombinedOutput()
	if ctx.Err() != nil {
		t.Fatal("reap does not return")
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return false
}

func TestReapReturnsWhenThereIsNobodyToWaitFor(t *testing.T) {
	if !alone(t) {
		return
	}
	if exit, err := reap(os.Getpid() + 1); !errors.Is(err, unix.ECHILD) {
		t.Errorf("got exit status %d, %v; want the error %v", exit, err, unix.ECHILD)
	}
}

func TestReapGoesOnWhenASignalBreaksItOff(t *testing.T) {
	if !alone(t) {
		return
	}
	runtime.LockOSThread()
	arrived := make(chan os.Signal, 1)
	signal.Notify(arrived, unix.SIGUSR2)
	breakCalls(t, unix.SIGUSR2)
	command, err := os.StartProcess("/proc/self/exe", []string{"test", "-test.run=^TestReapsCommand$"},
		&os.ProcAttr{Env: append(os.Environ(), "REAP_COMMAND=yes")})
	if err != nil {
		t.Fatal(err)
	}
	thread := unix.Gettid()
	go func() {
		for !sleeps(thread) { // in wait4, as it does nothing else
			time.Sleep(time.Millisecond)
		}
		unix.Tgkill(os.Getpid(), thread, unix.SIGUSR2)
		<-arrived
		unix.Kill(command.Pid, unix.SIGKILL)
	}()
	exit, err := reap(command.Pid)
	if want := 128 + int(unix.SIGKILL); exit != want || err != nil {
		t.Errorf("got exit status %d, %v; want %d", exit, err, want)
	}
}

// TestReapsCommand is the command of the test before: it runs until it is killed.
func TestReapsCommand(t *testing.T) {
	if os.Getenv("REAP_COMMAND") != "" {
		time.Sleep(time.Hour) // not select {}: the runtime calls that a deadlock
	}
}

// sleeps says whether a thread of this process waits in the kernel.
func sleeps(thread int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/stat", thread))
	_, state, _ := strings.Cut(string(text), ") ")
	return err == nil && strings.HasPrefix(state, "S")
}

// breakCalls has the signal break system calls off. Go sets SA_RESTART, with
// which the kernel takes most of them up again: signal(7).
func breakCalls(t *testing.T, number unix.Signal) {
	t.Helper()
	const restart = 0x10000000
	var action [4]uint64 // the kernel's struct: handler, flags, restorer, mask
	for _, to := range []bool{false, true} {
		var act, old unsafe.Pointer
		if to {
			action[1] &^= restart
			act = unsafe.Pointer(&action)
		} else {
			old = unsafe.Pointer(&action)
		}
		if _, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(number), uintptr(act), uintptr(old), 8, 0, 0); errno != 0 {
			t.Fatal(errno)
		}
	}
}
