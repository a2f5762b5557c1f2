package runtime

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"drydock/mini-docker/explain"
	"drydock/mini-docker/namespace"
	"drydock/mini-docker/security"
	"drydock/mini-docker/security/seccomp"

	"golang.org/x/sys/unix"
)

// run becomes the container's command, or its init if one was asked for, which
// runs the command as its child. The command inherits the standard streams, what
// is preserved for it, and nothing else. It returns only an error, with the status to end with.
func (c *container) run(starter *os.File) (exit int, err error) {
	process := c.spec.Process
	if err := c.becomeUserIn(process.Cwd); err != nil {
		return 1, err
	}
	path, err := lookPath(process.Args[0], process.Env)
	if err != nil {
		return exitOf(err), err
	}
	c.step(explain.Descriptors, "")
	// Every descriptor from 3 on closes when the command is executed: one that
	// leads to the host would lead out of the container (CVE-2024-21626).
	if err := unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return 1, fmt.Errorf("closing descriptors: %w", err)
	}
	if err := c.dieWithParent(); err != nil {
		return 1, err
	}
	if err := c.giveUpPrivileges(); err != nil {
		return 1, err
	}
	if err := resetSignals(); err != nil {
		return 1, err
	}
	if err := c.startHooks(); err != nil {
		return 1, err
	}
	if err := leavePreserved(); err != nil {
		return 1, err
	}
	if c.request.Init {
		c.step(explain.Init, path)
		err = becomeReaper(path, process, starter)
	} else {
		c.step(explain.Exec, path)
		err = execError(process.Args[0], path, unix.Exec(path, process.Args, process.Env))
	}
	return exitOf(err), err
}

// becomeUserIn enters the working directory before and, where that failed, after the
// change of user: either may be allowed to enter a folder that the other may not.
func (c *container) becomeUserIn(cwd string) error {
	cwdErr := enterCwd(cwd)
	if err := c.becomeUser(); err != nil {
		return err
	}
	if cwdErr != nil {
		cwdErr = enterCwd(cwd)
	}
	return cwdErr
}

// becomeUser changes to the command's user. Limits and the bounding set need
// privileges, so they come first; the capabilities the command may keep are
// held back until giveUpPrivileges.
func (c *container) becomeUser() error {
	process := c.spec.Process
	capabilities, err := security.ParseCapabilities(process.Capabilities)
	if err != nil {
		return err
	}
	if err := setLimits(process.Rlimits); err != nil {
		return err
	}
	if err := setOOMScore(process.OOMScoreAdj); err != nil {
		return err
	}
	if err := ownStreams(int(process.User.UID)); err != nil {
		return err
	}
	if !c.request.KeepKeyring {
		if err := namespace.LeaveKeyring(); err != nil {
			return err
		}
	}
	c.step(explain.Bounding, "")
	if err := capabilities.LimitBounding(); err != nil {
		return err
	}
	if err := security.KeepThroughUserChange(); err != nil {
		return err
	}
	c.step(explain.User, fmt.Sprintf("user %d, group %d", process.User.UID, process.User.GID))
	return setUser(process.User)
}

// giveUpPrivileges takes the last of them, immediately before the command is
// executed. The filter comes late, so that it need not allow what only the
// steps before it do, and before the capabilities, since it takes
// CAP_SYS_ADMIN to install one without no_new_privs.
func (c *container) giveUpPrivileges() error {
	capabilities, err := security.ParseCapabilities(c.spec.Process.Capabilities)
	if err != nil {
		return err
	}
	if err := limitFiles(c.spec.Process.Rlimits); err != nil {
		return err
	}
	if c.spec.Process.NoNewPrivileges {
		if err := security.NoNewPrivileges(); err != nil {
			return err
		}
	}
	if filter := seccomp.FilterOf(c.rest.Filter); filter != nil {
		c.step(explain.Seccomp, fmt.Sprintf("%d instructions", len(filter)))
		if err := security.RaisePermitted(); err != nil {
			return err
		}
		if err := seccomp.Install(filter); err != nil {
			return err
		}
	}
	c.step(explain.Capabilities, "")
	return capabilities.Apply()
}

// enterCwd changes to the command's working directory and makes sure that it
// lies inside the root: for one outside, getcwd(2) gives no absolute path.
func enterCwd(cwd string) error {
	if err := unix.Chdir(cwd); err != nil {
		return fmt.Errorf("entering the working directory %s: %w", cwd, err)
	}
	buffer := make([]byte, unix.PathMax)
	n, err := unix.Getcwd(buffer)
	if err != nil || n == 0 || buffer[0] != '/' {
		return fmt.Errorf("the working directory %s lies outside the container", cwd)
	}
	return nil
}

// lookPath finds the command as a shell would: a name with a slash is a path,
// any other is looked for in the folders of the container's PATH.
func lookPath(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	for _, folder := range filepath.SplitList(pathOf(env)) {
		path := filepath.Join(folder, name)
		if info, err := os.Stat(path); err == nil && !info.IsDir() && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return "", fmt.Errorf("exec: %q: %w in $PATH", name, ErrCommandNotFound)
}

// lookUp says, if that is wanted, what is plainly wrong with the command before it is
// to be executed: other programs expect create to say so, as runc's does, and
// podman tells 126 and 127 by it.
func (c *container) lookUp() error {
	process := c.spec.Process
	if !c.request.LookUp {
		return nil
	}
	path, err := lookPath(process.Args[0], process.Env)
	if err != nil {
		return err
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(process.Cwd, path)
	}
	info, err := os.Stat(path)
	if err == nil && (info.IsDir() || info.Mode()&0o111 == 0) {
		err = unix.EACCES
	}
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.EACCES) {
		return execError(process.Args[0], path, err)
	}
	return nil // or it is the kernel's to say
}

// pathOf returns the last PATH of an environment.
func pathOf(env []string) string {
	path := ""
	for _, entry := range env {
		if value, ok := strings.CutPrefix(entry, "PATH="); ok {
			path = value
		}
	}
	return path
}

// execError says which of a shell's two complaints a failed execve(2) is.
func execError(name, path string, err error) error {
	if where := (*fs.PathError)(nil); errors.As(err, &where) {
		err = where.Err // the command has been named
	}
	sentinel := ErrCommandNotExecutable
	if errors.Is(err, unix.ENOENT) {
		if text := missing(path); text != "" {
			return fmt.Errorf("exec: %q: %w: %s: %w", name, ErrCommandNotFound, text, err)
		}
	}
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
		sentinel = ErrCommandNotFound
	}
	return fmt.Errorf("exec: %q: %w: %w", name, sentinel, err)
}

// exitOf is the status a shell would end with.
func exitOf(err error) int {
	switch {
	case errors.Is(err, ErrCommandNotFound):
		return 127
	case errors.Is(err, ErrCommandNotExecutable):
		return 126
	}
	return 1
}
