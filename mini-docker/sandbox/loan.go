package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"drydock/mini-docker/sandbox/guest"
	"drydock/mini-docker/sandbox/lend"

	"golang.org/x/sys/unix"
)

// launchWithLoan starts init with what the sandbox is lent, or without it where it
// cannot be lent, and why.
func launchWithLoan(s Spec, g *given, config *guest.Config) (init *initProcess, notLent, err error) {
	if len(s.Lent) == 0 {
		init, err = launch(s.DropToUser, g, nil)
		return init, nil, err
	}
	at, err := mountPoint(s.Scratch, config.MountPoint)
	if err == nil {
		init, err = launch(s.DropToUser, g, &lend.Tree{At: at, Dirs: s.Lent})
		if refused := (*lend.TreeError)(nil); !errors.As(err, &refused) {
			config.Lent = at
			return init, nil, err
		}
	}
	notLent = fmt.Errorf("nothing can be lent: %w", err)
	init, err = launch(s.DropToUser, g, nil)
	return init, notLent, err
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
