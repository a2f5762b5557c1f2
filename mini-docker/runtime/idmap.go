package runtime

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// An ordinary user may map one id, their own. Ranges that the administrator has
// set aside for them can only be mapped by newuidmap(1) and newgidmap(1), which
// have the privilege and check /etc/subuid. They need a process that has the
// new user namespace already, so the first process starts as nobody there, waits
// until it is somebody, and executes itself once more: execve(2) by root in a
// user namespace is what gives it all capabilities there.

// unmappedArg is argv[1] of a first process that has to wait for its maps.
const unmappedArg = "unmapped"

// needsHelpers says whether the container's maps are beyond what this process
// may write itself.
func needsHelpers(linux *specs.Linux) bool {
	return isNew(linux, specs.UserNamespace) && os.Geteuid() != 0 &&
		(beyondOne(linux.UIDMappings) || beyondOne(linux.GIDMappings))
}

// beyondOne says whether a map has more than one id.
func beyondOne(mappings []specs.LinuxIDMapping) bool {
	return len(mappings) > 1 || len(mappings) == 1 && mappings[0].Size > 1
}

// mapIDs has the helpers write the maps of the first process, and lets it go on.
func (p *Process) mapIDs(linux *specs.Linux) error {
	return mapIDs(p.PID, linux, p.setup)
}

func mapIDs(pid int, linux *specs.Linux, setup io.Writer) error {
	if err := runHelper("newuidmap", pid, linux.UIDMappings); err != nil {
		return err
	}
	if err := runHelper("newgidmap", pid, linux.GIDMappings); err != nil {
		return err
	}
	_, err := setup.Write([]byte{'\n'})
	return err
}

func runHelper(name string, pid int, mappings []specs.LinuxIDMapping) error {
	args := []string{strconv.Itoa(pid)}
	for _, each := range mappings {
		for _, number := range []uint32{each.ContainerID, each.HostID, each.Size} {
			args = append(args, strconv.FormatUint(uint64(number), 10))
		}
	}
	output, err := exec.Command(name, args...).CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("mapping more than your own id needs %s: install the package uidmap", name)
	}
	if err != nil {
		return fmt.Errorf("mapping ids: %s: %w", strings.TrimSpace(string(output)), err)
	}
	return nil
}

// becomeMapped waits until the maps are written and executes this program anew.
func becomeMapped() error {
	if n, err := unix.Read(setupFD+preserved(), make([]byte, 1)); n != 1 {
		return fmt.Errorf("waiting for the id maps: %w", err)
	}
	// Root in the namespace by now, but with other real and effective ids the
	// kernel would give no capabilities.
	if err := errors.Join(syscall.Setresgid(0, 0, 0), syscall.Setresuid(0, 0, 0)); err != nil {
		return fmt.Errorf("becoming root of the user namespace: %w", err)
	}
	args := append([]string{os.Args[0]}, os.Args[2:]...)
	return unix.Exec(fmt.Sprintf("/proc/self/fd/%d", selfFD+preserved()), args, os.Environ())
}
