package namespace

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// SelfExe returns this program's executable in a form that nobody can write
// through. Start it as /proc/self/fd/N, N being the file's descriptor.
//
// A container's first process is started from this program, so inside the
// container /proc/1/exe leads to the program on the host, past every mount: a
// hostile image could overwrite it and wait for the next administrator to run
// it (CVE-2019-5736). Started from the returned file, /proc/1/exe leads to a
// read-only mount or a sealed copy instead.
func SelfExe() (*os.File, error) {
	if file, err := readOnlySelf(); err == nil {
		return file, nil
	}
	return sealedSelf()
}

// readOnlySelf clones the mount the program lies on, attached nowhere, and
// makes the clone read-only: no copy is made, so it takes microseconds. It
// needs CAP_SYS_ADMIN and Linux 5.12. See open_tree(2), mount_setattr(2).
func readOnlySelf() (*os.File, error) {
	fd, err := unix.OpenTree(unix.AT_FDCWD, "/proc/self/exe",
		unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("cloning the mount of /proc/self/exe: %w", err)
	}
	readOnly := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH, readOnly); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("making the mount of /proc/self/exe read-only: %w", err)
	}
	return os.NewFile(uintptr(fd), "/proc/self/exe"), nil
}

// sealedSelf copies the program into memory and seals the copy against every
// change. See memfd_create(2), F_ADD_SEALS in fcntl(2).
func sealedSelf() (*os.File, error) {
	source, err := os.Open("/proc/self/exe")
	if err != nil {
		return nil, err
	}
	defer source.Close()

	flags := unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err := unix.MemfdCreate("self", flags|unix.MFD_EXEC)
	if err == unix.EINVAL { // MFD_EXEC came with Linux 6.3; before, it is implied
		fd, err = unix.MemfdCreate("self", flags)
	}
	if err != nil {
		return nil, fmt.Errorf("creating a file in memory: %w", err)
	}
	writable := os.NewFile(uintptr(fd), "self")
	defer writable.Close()
	if _, err := writable.ReadFrom(source); err != nil {
		return nil, fmt.Errorf("copying /proc/self/exe into memory: %w", err)
	}
	seals := unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	if _, err := unix.FcntlInt(writable.Fd(), unix.F_ADD_SEALS, seals); err != nil {
		return nil, fmt.Errorf("sealing the copy of /proc/self/exe: %w", err)
	}
	// A file that is open for writing cannot be executed (ETXTBSY), sealed or
	// not: hand out a second descriptor that can only read.
	return os.Open(fmt.Sprintf("/proc/self/fd/%d", fd))
}
