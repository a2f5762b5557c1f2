package sandbox

import (
	"context"
	"os"
	"os/exec"
	"syscall"
	"time"

	"drydock/mini-docker/sandbox/subtree"

	"golang.org/x/sys/unix"
)

// systemdRun has systemd start a command in a cgroup that belongs to the user.
// See systemd-run(1), and Delegate= in systemd.resource-control(5).
var systemdRun = []string{"systemd-run", "--user", "--scope", "--quiet", "-p", "Delegate=yes", "--"}

const (
	scopedVariable    = "DRYDOCK_SCOPE"      // set in a program that has been started so
	noSystemdVariable = "DRYDOCK_NO_SYSTEMD" // 1: do not ask
)

// EnterScope starts this program again, in place of itself, in a cgroup of the
// user's own, if systemd has one to give: an ordinary user can set limits in no
// other. It returns where that is not needed, not possible, or done already.
func EnterScope(ctx context.Context) {
	if os.Getenv(scopedVariable) != "" {
		return
	}
	program, ok := scopeAvailable(ctx)
	self, err := os.Executable()
	if !ok || err != nil {
		return
	}
	args := append(append([]string{}, systemdRun...), self)
	// If it returns, the program goes on as it is: without limits.
	unix.Exec(program, append(args, os.Args[1:]...), append(os.Environ(), scopedVariable+"=1"))
}

// asker is who might ask systemd.
type asker struct {
	uid     int
	version int // of cgroups, see subtree.Version
	off     bool
}

// scopeAvailable finds out whether systemd gives this user a cgroup, and
// returns the program that asks for it.
func scopeAvailable(ctx context.Context) (program string, ok bool) {
	return asker{os.Geteuid(), subtree.Version(), os.Getenv(noSystemdVariable) == "1"}.scope(ctx)
}

// scope finds it out by doing it. Root needs no other's leave, and with version
// 1 there is none to be had.
func (a asker) scope(ctx context.Context) (program string, ok bool) {
	if a.uid == 0 || a.version == 1 || a.off {
		return "", false
	}
	program, err := exec.LookPath(systemdRun[0])
	if err != nil {
		return "", false
	}
	// A session bus that nobody answers on must not keep a lesson waiting.
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, program, append(systemdRun[1:len(systemdRun):len(systemdRun)], "true")...)
	// In a group of its own, so that what it has started ends with it.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return unix.Kill(-command.Process.Pid, unix.SIGKILL) }
	return program, command.Run() == nil
}
