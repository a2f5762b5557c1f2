package runtime

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"

	"drydock/mini-docker/namespace"
	"drydock/mini-docker/socketpair"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// mappedArg is argv[0] of this program when it goes on as root of a user namespace.
const mappedArg = "mini-docker-mapped"

// NeedsMapping says whether files of a container's other users are out of this
// process' reach, since it is an ordinary user's and those belong to further ids.
func NeedsMapping(linux *specs.Linux) bool { return needsHelpers(linux) }

// Mapped is what RunMapped starts.
type Mapped struct {
	Args, Env             []string // those of the environment on top of this process's
	Stdin, Stdout, Stderr *os.File // nil: this process's own
}

// RunMapped runs this program once more with other arguments, as root of a user
// namespace with the given maps, and returns its exit status. There it may read,
// write and give away the files of all ids that containers have, as root may on
// the host: that is how an ordinary user unpacks an image whose files belong to
// several users.
func RunMapped(linux *specs.Linux, m Mapped) (exit int, err error) {
	command := &exec.Cmd{
		Args: append([]string{mappedArg, unmappedArg}, m.Args...), Env: append(os.Environ(), m.Env...),
		Stdin: cmp.Or(m.Stdin, os.Stdin), Stdout: cmp.Or(m.Stdout, os.Stdout), Stderr: cmp.Or(m.Stderr, os.Stderr),
	}
	// A terminal sends its signals to the child too; others are passed on. Either
	// way the child has the last word.
	received := make(chan os.Signal, 8)
	signal.Notify(received, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	defer signal.Stop(received)
	runtime.LockOSThread() // the child dies with the thread that has started it
	defer runtime.UnlockOSThread()
	if err := startMapped(command, linux); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	for {
		select {
		case each := <-received:
			if each != unix.SIGINT {
				command.Process.Signal(each)
			}
		case err := <-ended:
			var status *exec.ExitError
			if errors.As(err, &status) {
				return statusOf(status.Sys().(syscall.WaitStatus)), nil
			}
			return 0, err
		}
	}
}

func statusOf(status syscall.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}

// startMapped starts this program in a user namespace of its own, whose maps the
// helpers write. The command's second argument must be unmappedArg.
func startMapped(command *exec.Cmd, linux *specs.Linux) error {
	ours, theirs, err := socketpair.New("setup")
	if err != nil {
		return err
	}
	defer ours.Close()
	defer theirs.Close()
	self, err := namespace.Executable(namespace.SelfExe)
	if err != nil {
		return err
	}
	defer self.Close()
	command.Path = fmt.Sprintf("/proc/self/fd/%d", selfFD)
	command.ExtraFiles = []*os.File{setupFD - 3: theirs, startFD - 3: theirs, selfFD - 3: self}
	command.Env = append(command.Environ(), fmt.Sprintf("%s=%d", starterEnv, os.Getpid()))
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER}
	if err := command.Start(); err != nil {
		return err
	}
	if err := mapIDs(command.Process.Pid, linux, ours); err != nil {
		command.Process.Kill()
		return errors.Join(err, ignoreExit(command.Wait()))
	}
	return nil
}

// starterEnv is the variable that names the process which has started a mapped one.
const starterEnv = "_MINI_DOCKER_STARTER"

// dieWithStarter has the kernel kill a mapped process when the thread that started it
// ends: it works for nobody then, and whoever comes next takes what it has made so
// far for the leavings of the dead. It is asked for here, since a change of user
// undoes it. See PR_SET_PDEATHSIG(2const).
func dieWithStarter() {
	err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0)
	if err != nil || os.Getenv(starterEnv) != strconv.Itoa(os.Getppid()) {
		os.Exit(1) // it is gone already
	}
	os.Unsetenv(starterEnv)
}

// ignoreExit forgets how a process ended that was killed.
func ignoreExit(err error) error {
	if status := (*exec.ExitError)(nil); errors.As(err, &status) {
		return nil
	}
	return err
}

// goOnMapped lets this program go on as if it had just been started.
func goOnMapped() {
	dieWithStarter()
	for _, fd := range []int{setupFD, startFD, selfFD} {
		unix.Close(fd)
	}
	os.Args[0] = "mini-docker"
}
