package runtime

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// writeProc writes to a file of the kernel's proc file system, which is mounted
// on proc. An image decides on what else lies there: a directory with links in
// it would redirect what is written with the runtime's privileges
// (CVE-2025-52881). So proc has to be that file system, and on the way to name
// no link is followed and no other mount entered. See openat2(2).
func writeProc(proc *os.File, name, value string) error {
	var stat unix.Statfs_t
	if err := unix.Fstatfs(int(proc.Fd()), &stat); err != nil {
		return err
	}
	if stat.Type != unix.PROC_SUPER_MAGIC {
		return errors.New("what is mounted on /proc is not proc")
	}
	fd, err := unix.Openat2(int(proc.Fd()), name, &unix.OpenHow{
		Flags:   unix.O_WRONLY | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_XDEV,
	})
	if err != nil {
		return fmt.Errorf("opening /proc/%s: %w", name, err)
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close()
	_, err = file.WriteString(value)
	return err
}
