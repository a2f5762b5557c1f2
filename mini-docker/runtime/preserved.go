package runtime

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// A command may be given open files besides its standard streams: sockets that
// somebody listens on already, for one (sd_listen_fds(3)). They stand in front of what
// the first process has of its creator's, so that nothing has to be moved in the end,
// and how many they are it is told by its environment. Until the command is executed
// they are closed to every other program, the hooks among them.

// preservedEnv is the variable that holds their number, if there are any.
const preservedEnv = "_MINI_DOCKER_PRESERVED"

// env is the environment of a first process. Its work is one thing after
// the other.
func (c child) env() []string {
	env := []string{"GOMAXPROCS=1"}
	if n := len(c.preserved); n > 0 {
		env = append(env, fmt.Sprintf("%s=%d", preservedEnv, n))
	}
	return env
}

// descriptors are the files of a child, by the descriptor each one gets.
func (c child) descriptors() []*os.File {
	all := append([]*os.File{}, c.files[:setupFD]...)
	all = append(all, c.preserved...)
	all = append(all, c.files[setupFD:cgroupsFD]...)
	if cgroups := c.files[cgroupsFD]; cgroups != nil {
		all = append(all, cgroups)
	}
	return all
}

// selfPath is what the child is executed from, once its files are in place.
func (c child) selfPath() string {
	return fmt.Sprintf("/proc/self/fd/%d", selfFD+len(c.preserved))
}

// preserved is their number in a first process.
func preserved() int {
	n, _ := strconv.Atoi(os.Getenv(preservedEnv))
	return n
}

// holdPreserved closes them to other programs than the command.
func holdPreserved() {
	for i := range preserved() {
		unix.CloseOnExec(setupFD + i)
	}
}

// leavePreserved leaves them to the program that is executed next.
func leavePreserved() error {
	for i := range preserved() {
		if _, err := unix.FcntlInt(uintptr(setupFD+i), unix.F_SETFD, 0); err != nil {
			return fmt.Errorf("preserving descriptor %d: %w", setupFD+i, err)
		}
	}
	return nil
}
