// Package lend shows directories of the host inside a sandbox, without copying
// them, and so that nobody inside can write to them, whoever they are there.
//
// A read-only mount that root inside made could be made writable by root inside.
// So it is made outside, in a mount namespace of its own, from which the sandbox's
// is cloned: what is copied into the mount namespace of another user namespace is
// locked there. Its flags cannot be taken back, nor can it be taken from where it
// stands (mount_namespaces(7), Restrictions on mount namespaces).
//
//	host's namespace     namespace of a thread, or     sandbox's namespace
//	                     of a process (see Lender)
//	/var/lib/…/layers ─▶ tree/images/layers, ro  ─clone─▶ the same, locked
//
// Where root inside is another user than root, the mount is idmapped: a file of
// root's is one of root's inside, and of nobody's outside would be nobody's.
package lend

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// Dir is a directory that is lent.
type Dir struct {
	Source string // on the host
	Name   string // inside, a path below where the tree is mounted
}

// Tree says what is lent, and over which directory of the host the tree of it is
// built: one that nobody looks into meanwhile.
type Tree struct {
	At   string
	Dirs []Dir
	// IDs are the sandbox's: a user namespace with its map, or nil where root
	// inside is this user.
	IDs *os.File `json:"-"`
}

// Enter gives the calling thread a mount namespace of its own with the tree in it,
// which is there for whatever the thread then starts. The thread must be locked,
// and end with it: for nobody else anything changes.
func (t Tree) Enter() error {
	// The sources are opened first, since the tree may cover them.
	var mounts []int
	defer func() {
		for _, mount := range mounts {
			unix.Close(mount)
		}
	}()
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("making a mount namespace: %w", err)
	}
	// What is mounted here is not to appear there: mount_namespaces(7), Shared subtrees.
	if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("keeping mounts from the host: %w", err)
	}
	for _, dir := range t.Dirs {
		mount, err := t.detached(dir.Source)
		if err != nil {
			return fmt.Errorf("lending %s: %w", dir.Source, err)
		}
		mounts = append(mounts, mount)
	}
	if err := unix.Mount("tmpfs", t.At, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "mode=0755,size=64k"); err != nil {
		return fmt.Errorf("making a place for what is lent: %w", err)
	}
	for i, dir := range t.Dirs {
		target := filepath.Join(t.At, dir.Name)
		if err := os.MkdirAll(target, 0o755); err != nil {
			return err
		}
		if err := unix.MoveMount(mounts[i], "", unix.AT_FDCWD, target, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
			return fmt.Errorf("lending %s: %w", dir.Source, err)
		}
	}
	return unix.Mount("", t.At, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
}

// detached makes a mount of a directory that is attached nowhere yet: read-only,
// and with the owners of its files moved into the sandbox's range. See
// mount_setattr(2), ID-mapped mounts.
func (t Tree) detached(dir string) (int, error) {
	mount, err := unix.OpenTree(unix.AT_FDCWD, dir, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_SYMLINK_NOFOLLOW)
	if err != nil {
		return -1, err
	}
	attributes := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV}
	if t.IDs != nil {
		attributes.Attr_set |= unix.MOUNT_ATTR_IDMAP
		attributes.Userns_fd = uint64(t.IDs.Fd())
	}
	err = unix.MountSetattr(mount, "", unix.AT_EMPTY_PATH, &attributes)
	if err != nil {
		unix.Close(mount)
		if t.IDs != nil && errors.Is(err, unix.EINVAL) {
			err = fmt.Errorf("its file system, or this kernel, cannot show its files to other users (idmapped mounts): %w", err)
		}
		return -1, err
	}
	return mount, nil
}

// UserNamespace makes a user namespace with these maps and no process in it. A
// mount takes its map from one. The thread must be locked.
func UserNamespace(users, groups syscall.SysProcIDMap) (*os.File, error) {
	// The child stops before its first instruction, at the exec: see PTRACE_TRACEME
	// in ptrace(2). It only has to exist while its namespace is opened.
	process, err := os.StartProcess("/proc/self/exe", []string{"sandbox-ids"}, &os.ProcAttr{
		Sys: &syscall.SysProcAttr{
			Cloneflags: syscall.CLONE_NEWUSER, Ptrace: true, Pdeathsig: syscall.SIGKILL,
			UidMappings: []syscall.SysProcIDMap{users}, GidMappings: []syscall.SysProcIDMap{groups},
			GidMappingsEnableSetgroups: users.Size > 1,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("making a user namespace: %w", err)
	}
	file, err := os.Open(fmt.Sprintf("/proc/%d/ns/user", process.Pid))
	process.Kill()
	process.Wait()
	return file, err
}
