package runtime_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"drydock/mini-docker/runtime"
	"drydock/testscripts/wait"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

func TestAllProcessesOfAContainerAreFoundAndSignalled(t *testing.T) {
	for name, change := range map[string]func(*specs.Spec){
		"own PID namespace": func(*specs.Spec) {},
		"the machine's": func(s *specs.Spec) {
			s.Linux.Namespaces = slices.DeleteFunc(s.Linux.Namespaces, func(n specs.LinuxNamespace) bool { return n.Type == specs.PIDNamespace })
			s.Mounts[0] = specs.Mount{Destination: "/proc", Type: "bind", Source: "/proc", Options: []string{"rbind"}}
			s.Linux.MaskedPaths, s.Linux.ReadonlyPaths = nil, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := startHanging(t, func(s *specs.Spec) { variants["user"](s); change(s) })
			command, err := r.CommandOf("one")
			must(t, err)
			if name == "own PID namespace" { // a second one, which is nobody's child inside
				command.Args = []string{"/command", "hang"}
				second, err := r.Exec(t.Context(), runtime.ExecOptions{ID: "one", Process: command})
				must(t, err)
				defer second.Wait()
			}
			pids, err := r.Processes("one")
			must(t, err)
			want := map[bool]int{true: 2, false: 1}[name == "own PID namespace"]
			if len(pids) != want {
				t.Errorf("got processes %v, want %d", pids, want)
			}
			var ends []unix.PollFd
			for _, pid := range pids {
				pidfd, err := unix.PidfdOpen(pid, 0)
				must(t, err)
				defer unix.Close(pidfd)
				ends = append(ends, unix.PollFd{Fd: int32(pidfd), Events: unix.POLLIN})
			}
			must(t, r.KillAll("one", unix.SIGKILL))
			for i := range ends {
				if n, err := unix.Poll(ends[i:i+1], 60_000); n != 1 {
					t.Fatalf("process %d still runs a minute later (%v)", pids[i], err)
				}
			}
			if err := r.KillAll("one", unix.SIGKILL); !errors.Is(err, runtime.ErrNotRunning) {
				t.Errorf("once more: got %v, want %v", err, runtime.ErrNotRunning)
			}
		})
	}
}

func TestAContainerInAnothersPIDNamespaceIsKilledAlone(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("joining the PID namespace of a container that has no user namespace in common takes root")
	}
	r, first := startHanging(t, func(*specs.Spec) {})
	bundle := newBundle(t, []string{"hang"}, func(s *specs.Spec) {
		for i, n := range s.Linux.Namespaces {
			if n.Type == specs.PIDNamespace {
				s.Linux.Namespaces[i].Path = fmt.Sprintf("/proc/%d/ns/pid", first)
			}
		}
	})
	process, err := r.Create(t.Context(), runtime.CreateOptions{ID: "two", Bundle: bundle})
	must(t, err)
	defer func() { r.Delete("two", true); process.Wait() }()
	must(t, r.Start(t.Context(), "two"))
	if got, err := r.Processes("two"); err != nil || !slices.Equal(got, []int{process.PID}) {
		t.Errorf("got processes %v, %v; want %d alone", got, err, process.PID)
	}
	must(t, r.KillAll("two", unix.SIGKILL))
	select {
	case <-process.Done():
	case <-time.After(wait.Deadline):
		t.Fatal("it runs on")
	}
	if state, err := r.State("one"); err != nil || state.Status != specs.StateRunning {
		t.Errorf("the other one is %s, %v; want it to run", state.Status, err)
	}
}

func TestACommandThatIsNotThereIsSaidSoAtCreate(t *testing.T) {
	for command, want := range map[string]error{
		"nothing-here": runtime.ErrCommandNotFound, "/nothing-here": runtime.ErrCommandNotFound, "/text/x": runtime.ErrCommandNotFound,
		"/text": runtime.ErrCommandNotExecutable, "/tmp": runtime.ErrCommandNotExecutable,
	} {
		bundle := newBundle(t, nil, variants["user"], func(s *specs.Spec) { s.Process.Args = []string{command} })
		r := runtime.New(filepath.Join(bundle, "state"))
		_, err := r.Create(t.Context(), runtime.CreateOptions{ID: "one", Bundle: bundle, Detached: true})
		if !errors.Is(err, want) || strings.Count(err.Error(), command) != 1 {
			t.Errorf("%s: got %v, want %v, and the name once", command, err, want)
		}
	}
}
