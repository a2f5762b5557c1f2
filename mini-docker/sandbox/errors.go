package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"drydock/mini-docker/namespace"
	"drydock/mini-docker/sandbox/guest"

	"golang.org/x/sys/unix"
)

// What keeps a sandbox from starting.
var (
	ErrNoUserNamespaces = errors.New("this machine gives ordinary users no namespaces")
	ErrNoTmpfs          = guest.ErrNoTmpfs
	ErrProcRefused      = guest.ErrProcRefused // as in a container with a masked /proc
	ErrNoBase           = errors.New("the base that sandboxes are filled from is missing")
	ErrRunning          = errors.New("a sandbox is running already")
)

// errCloning says that the kernel gave no process in new namespaces at all.
var errCloning = errors.New("cloning the sandbox's first process")

// What goes wrong with a sandbox that was started.
var (
	ErrEnded         = errors.New("the sandbox has ended")
	ErrNotFound      = guest.ErrNotFound      // the command is not there: status 127
	ErrNotExecutable = guest.ErrNotExecutable // the command cannot be run: status 126
)

// errorOf unpacks an error of the process inside.
func errorOf(text, kind string) error {
	if text == "" {
		return nil
	}
	return &guestError{text, guest.ErrorOf(kind)}
}

// guestError is an error that happened inside.
type guestError struct {
	text     string
	sentinel error // may be nil
}

func (e *guestError) Error() string { return e.text }
func (e *guestError) Unwrap() error { return e.sentinel }

// explain adds what to do where a refusal comes from the machine's settings for
// user namespaces. Some of them refuse the namespace itself, AppArmor's gives
// it away empty-handed, so that the first mount fails. root is the file system to
// look for the settings in.
func explain(err error, root fs.FS) error {
	if err == nil || errors.Is(err, ErrProcRefused) {
		return err
	}
	var limit *namespace.LimitError
	if errors.As(err, &limit) { // says itself what to do
		return fmt.Errorf("%w: %w", ErrNoUserNamespaces, err)
	}
	for _, refusal := range []error{unix.EPERM, unix.EACCES, unix.ENOSPC, unix.EUSERS, unix.EINVAL, unix.ENOSYS} {
		if !errors.Is(err, refusal) {
			continue
		}
		advice := userNamespaceAdvice(root)
		if advice == "" && errors.Is(err, errCloning) {
			advice = outsideAdvice
		}
		if advice != "" {
			return fmt.Errorf("%w: %w: %s", ErrNoUserNamespaces, err, advice)
		}
	}
	return err
}

// outsideAdvice is for refusals that no setting explains. See clone(2), EPERM.
const outsideAdvice = "no setting forbids them, so it is a chroot, a container or its seccomp filter: work outside of it, or as root"

// userNamespaceSettings are the settings that forbid user namespaces: the file
// below /proc/sys, the value that forbids, and what to do.
var userNamespaceSettings = []struct{ file, forbids, advice string }{
	{"kernel/unprivileged_userns_clone", "0",
		"allow them with `sudo sysctl -w kernel.unprivileged_userns_clone=1` (Debian's own setting)"},
	{"user/max_user_namespaces", "0",
		"allow them with `sudo sysctl -w user.max_user_namespaces=15000`"},
	{"user/max_mnt_namespaces", "0",
		"allow them with `sudo sysctl -w user.max_mnt_namespaces=15000`"},
	{"kernel/apparmor_restrict_unprivileged_userns", "1",
		"allow them to these programs with the profile that `drydock doctor --apparmor` prints (Ubuntu's own setting, through AppArmor), " +
			"or to all with `sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`"},
}

// userNamespaceAdvice says what to change so that user namespaces work; "" if
// no setting forbids them. root is the file system to look in.
func userNamespaceAdvice(root fs.FS) string {
	for _, setting := range userNamespaceSettings {
		text, err := fs.ReadFile(root, "proc/sys/"+setting.file)
		if err == nil && strings.TrimSpace(string(text)) == setting.forbids {
			return setting.advice
		}
	}
	return ""
}
