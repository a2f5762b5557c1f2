package runtime

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// removeArg is argv[0] of a process that removes a container's files.
const removeArg = "mini-docker-remove"

// RemoveAll removes a directory that a container wrote to. What its users made
// belongs to ids that its creator, an ordinary user, has no power over outside
// the container's user namespace; so if need be it is removed from inside one
// with the same maps.
func RemoveAll(dir string, linux *specs.Linux) error {
	err := os.RemoveAll(dir)
	if err == nil || !errors.Is(err, unix.EACCES) && !errors.Is(err, unix.EPERM) || !needsHelpers(linux) {
		return err
	}
	var complaint strings.Builder
	command := &exec.Cmd{Args: []string{removeArg, unmappedArg, dir}, Stderr: &complaint}
	runtime.LockOSThread() // as in RunMapped
	defer runtime.UnlockOSThread()
	if err := startMapped(command, linux); err != nil {
		return fmt.Errorf("removing %s: %w", dir, err)
	}
	if err := command.Wait(); err != nil {
		return fmt.Errorf("removing %s: %w", dir, errors.Join(err, errors.New(strings.TrimSpace(complaint.String()))))
	}
	return nil
}

// removeMain is what the process does.
func removeMain(dirs []string) int {
	dieWithStarter()
	for _, dir := range dirs {
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return 0
}
