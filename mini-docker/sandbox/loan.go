package sandbox

import (
	"os"
	"os/exec"
	"syscall"

	"drydock/mini-docker/sandbox/lend"

	"golang.org/x/sys/unix"
)

// loanOf is what a sandbox is lent, or nil and why nothing can be.
func loanOf(s Spec, covered string) (*lend.Tree, error) {
	if len(s.Lent) == 0 {
		return nil, nil
	}
	at, err := mountPoint(s.Scratch, covered)
	if err != nil {
		return nil, err
	}
	return &lend.Tree{At: at, Dirs: s.Lent}, nil
}

// startWith starts init where it finds what it is lent, and returns its number. The
// thread that calls it is to do nothing else afterwards.
func startWith(command *exec.Cmd, loan *lend.Tree) (pid int, err error) {
	if loan != nil && !may(unix.CAP_SYS_ADMIN) {
		return lend.Start(command, *loan)
	}
	if loan != nil {
		if err := enter(*loan, command.SysProcAttr); err != nil {
			return 0, &lend.TreeError{Text: err.Error()}
		}
	}
	if err := command.Start(); err != nil {
		return 0, err
	}
	return command.Process.Pid, nil
}

// enter builds the tree for the calling thread. Where root inside is somebody else
// outside, the mounts get the map of its ids.
func enter(loan lend.Tree, attributes *syscall.SysProcAttr) error {
	users, groups := attributes.UidMappings[0], attributes.GidMappings[0]
	if users.HostID != os.Geteuid() {
		ids, err := lend.UserNamespace(users, groups)
		if err != nil {
			return err
		}
		defer ids.Close()
		loan.IDs = ids
	}
	return loan.Enter()
}
