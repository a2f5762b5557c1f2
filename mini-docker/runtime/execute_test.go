package runtime_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"drydock/mini-docker/namespace"
	"drydock/mini-docker/runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// startHanging starts a container that waits to be killed.
func startHanging(t *testing.T, change func(*specs.Spec)) (r *runtime.Runtime, pid int) {
	t.Helper()
	bundle := newBundle(t, []string{"hang"}, change)
	r = runtime.New(filepath.Join(bundle, "state"))
	process, err := r.Create(t.Context(), runtime.CreateOptions{ID: "one", Bundle: bundle})
	must(t, err)
	must(t, r.Start(t.Context(), "one"))
	t.Cleanup(func() {
		r.Delete("one", true)
		process.Wait()
	})
	return r, process.PID
}

// execIn executes a command of the test program's in the container.
func execIn(t *testing.T, r *runtime.Runtime, args ...string) (outcome, error) {
	t.Helper()
	read, write, err := os.Pipe()
	must(t, err)
	defer read.Close()
	command, err := r.CommandOf("one")
	must(t, err)
	command.Args = args
	process, err := r.Exec(t.Context(), runtime.ExecOptions{ID: "one", Process: command, Stdout: write, Stderr: write})
	write.Close()
	if err != nil {
		return outcome{}, err
	}
	output, err := io.ReadAll(read)
	must(t, err)
	exit, err := process.Wait()
	return outcome{exit: exit, output: string(output)}, err
}

func TestAFurtherCommandSeesWhatTheContainerDoes(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		r, first := startHanging(t, change)
		got, err := execIn(t, r, "/command", "facts")
		must(t, err)
		var f facts
		must(t, json.Unmarshal([]byte(got.output), &f))
		if f.PID <= 1 || f.Hostname != "inside" || f.Cwd != "/tmp" || f.Key != "value" || got.exit != 0 {
			t.Errorf("got exit %d, PID %d, hostname %q, cwd %q, KEY %q", got.exit, f.PID, f.Hostname, f.Cwd, f.Key)
		}
		if want := []string{"0", "1", "2"}; !slices.Equal(f.Descriptors, want) {
			t.Errorf("descriptors: got %v, want %v", f.Descriptors, want)
		}
		if f.HostMounts != 0 || f.Capabilities != "0000000000000000" || f.KernelCore != 0 {
			t.Errorf("got %d mounts of the host, capabilities %s, %d bytes of kcore", f.HostMounts, f.Capabilities, f.KernelCore)
		}
		got, err = execIn(t, r, "/command", "exit", "7")
		if err != nil || got.exit != 7 {
			t.Errorf("got %+v, %v; want exit 7", got, err)
		}
		if err := unix.Kill(first, 0); err != nil {
			t.Errorf("the container has ended with what was executed in it: %v", err)
		}
	})
}

func TestAFurtherCommandIsInEveryNamespaceOfTheContainer(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		r, first := startHanging(t, change)
		command, err := r.CommandOf("one")
		must(t, err)
		process, err := r.Exec(t.Context(), runtime.ExecOptions{ID: "one", Process: command})
		must(t, err)
		for _, kind := range []namespace.Kind{namespace.User, namespace.Mount, namespace.PID, namespace.UTS,
			namespace.IPC, namespace.Network, namespace.Cgroup} {
			want, err := namespace.ID(first, kind)
			must(t, err)
			if got, err := namespace.ID(process.PID, kind); err != nil || got != want {
				t.Errorf("%s: got %d, %v; want %d", kind, got, err, want)
			}
		}
		must(t, unix.Kill(process.PID, unix.SIGKILL))
		if exit, err := process.Wait(); err != nil || exit != 137 {
			t.Errorf("got %d, %v; want 137", exit, err)
		}
	})
}

func TestWhatCannotBeExecutedIsNamed(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		r, _ := startHanging(t, change)
		for command, want := range map[string]error{
			"nosuch": runtime.ErrCommandNotFound, "/nosuch": runtime.ErrCommandNotFound, "/text": runtime.ErrCommandNotExecutable,
		} {
			// Again and again: what is said must not run into one another.
			for range 10 {
				if _, err := execIn(t, r, command); !errors.Is(err, want) || !strings.Contains(fmt.Sprint(err), command) {
					t.Fatalf("%s: got %v, want %v", command, err, want)
				}
			}
		}
		must(t, r.Kill("one", unix.SIGKILL))
		for {
			if state, err := r.State("one"); err != nil || state.Status == specs.StateStopped {
				break
			}
		}
		if _, err := execIn(t, r, "/command", "exit", "0"); !errors.Is(err, runtime.ErrNotRunning) {
			t.Errorf("in a container that has ended: got %v, want ErrNotRunning", err)
		}
	})
}

// What enters a cgroup that is frozen stops at once, and of version 1 cannot even be
// killed there.
// Who starts a runtime for a command, as conmon does, adopts the command when the
// runtime has ended, and asks how that has ended: also when it was the first of the two.
func TestTheEndOfADetachedCommandIsLeftToWhoAdoptsIt(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		r, _ := startHanging(t, change)
		command, err := r.CommandOf("one")
		must(t, err)
		command.Args = []string{"/command", "exit", "6"}
		process, err := r.Exec(t.Context(), runtime.ExecOptions{ID: "one", Process: command, Detached: true})
		must(t, err)
		<-process.Done()
		var status unix.WaitStatus
		if pid, err := unix.Wait4(process.PID, &status, unix.WNOHANG, nil); err != nil || pid != process.PID || status.ExitStatus() != 6 {
			t.Errorf("asked how it ended: got process %d, status %d, %v; want %d, 6", pid, status.ExitStatus(), err, process.PID)
		}
	})
}

func TestAPausedContainerTakesNoFurtherCommand(t *testing.T) {
	bundle := newBundle(t, []string{"hang"}, withLimits(t, somePids()))
	r := runtime.New(filepath.Join(bundle, "state"))
	first, err := r.Create(t.Context(), runtime.CreateOptions{ID: "one", Bundle: bundle})
	must(t, err)
	must(t, r.Start(t.Context(), "one"))
	must(t, r.Pause("one"))
	process, err := r.CommandOf("one")
	must(t, err)
	process.Args = []string{"/command", "exit", "0"}
	_, err = r.Exec(t.Context(), runtime.ExecOptions{ID: "one", Process: process})
	if err == nil || !strings.Contains(err.Error(), "paused container") {
		t.Errorf("got %v, want that it is paused", err)
	}
	must(t, r.Delete("one", true))
	first.Wait()
}
