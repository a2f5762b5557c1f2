package runtime_test

import (
	"errors"
	"testing"
	"time"

	"drydock/mini-docker/runtime"
	"drydock/testscripts/wait"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// A profile that kills the thread that executes the command would leave the
// other threads of the first process behind, and everybody waiting for them.
func TestAProfileThatKillsTheFirstThreadEndsTheContainer(t *testing.T) {
	execve := []specs.LinuxSyscall{{Names: []string{"execve"}, Action: specs.ActKillThread}}
	for name, profile := range map[string]*specs.LinuxSeccomp{
		"execve":     {DefaultAction: specs.ActAllow, Syscalls: execve},
		"everything": {DefaultAction: specs.ActKill},
	} {
		t.Run(name, func(t *testing.T) {
			bundle := newBundle(t, []string{"exit", "0"}, variants["user"], func(s *specs.Spec) {
				s.Linux.Seccomp = profile
			})
			got := run(t, bundle, func(o *runtime.CreateOptions) {
				o.DieWithParent = true
				deadline := time.AfterFunc(wait.Deadline, func() { panic("the container does not end") })
				t.Cleanup(func() { deadline.Stop() })
			})
			if !errors.Is(got.err, runtime.ErrKilledByFilter) || got.exit != 128+int(unix.SIGKILL) {
				t.Errorf("got %+v, want %v", got, runtime.ErrKilledByFilter)
			}
		})
	}
}
