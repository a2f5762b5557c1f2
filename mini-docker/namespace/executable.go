package namespace

import (
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// SelfExe is the path of this program's executable, for Executable.
const SelfExe = "/proc/self/exe"

// Executable returns a program's executable in a form that nobody can write
// through. Start it as /proc/self/fd/N, N being the file's descriptor.
//
// Inside a container /proc/1/exe leads to the program on the host that its first
// process was started from, past every mount: a hostile image could overwrite it
// and wait for the next administrator to run it (CVE-2019-5736). Started from the
// returned file, /proc/1/exe leads to a read-only mount or a sealed copy instead.
func Executable(path string) (*os.File, error) {
	if file, err := readOnly(path); err == nil {
		return file, nil
	}
	program, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer program.Close()
	return Sealed(program)
}

// readOnly clones the mount the program lies on, attached nowhere, and makes
// the clone read-only: no copy is made, so it takes microseconds. It needs
// CAP_SYS_ADMIN and Linux 5.12. See open_tree(2), mount_setattr(2).
func readOnly(path string) (*os.File, error) {
	fd, err := unix.OpenTree(unix.AT_FDCWD, path,
		unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("cloning the mount of %s: %w", path, err)
	}
	attributes := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	err = unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH, attributes)
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("making the mount of %s read-only: %w", path, err)
	}
	return os.NewFile(uintptr(fd), path), nil
}

// Sealed copies a program into memory and seals the copy against every change. See
// memfd_create(2), F_ADD_SEALS in fcntl(2).
func Sealed(program io.Reader) (*os.File, error) {
	// A child that another goroutine begins meanwhile would hold it open for writing.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	flags := unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err := unix.MemfdCreate("program", flags|unix.MFD_EXEC)
	if err == unix.EINVAL { // MFD_EXEC came with Linux 6.3; before, it is implied
		fd, err = unix.MemfdCreate("program", flags)
	}
	if err != nil {
		return nil, fmt.Errorf("creating a file in memory: %w", err)
	}
	writable := os.NewFile(uintptr(fd), "program")
	defer writable.Close()
	if _, err := writable.ReadFrom(program); err != nil {
		return nil, fmt.Errorf("copying a program into memory: %w", err)
	}
	seals := unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	if _, err := unix.FcntlInt(writable.Fd(), unix.F_ADD_SEALS, seals); err != nil {
		return nil, fmt.Errorf("sealing the copy of a program: %w", err)
	}
	// A file that is open for writing cannot be executed (ETXTBSY), sealed or
	// not: hand out a second descriptor that can only read.
	return os.Open(fmt.Sprintf("/proc/self/fd/%d", fd))
}
