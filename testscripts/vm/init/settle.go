package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"drydock/testscripts/vm/plan"
)

// runtimeDir is the ordinary user's XDG_RUNTIME_DIR.
var runtimeDir = fmt.Sprintf("/run/user/%d", plan.UserID)

// settle does the small things that a machine has done by the time someone logs
// in.
func settle() error {
	if err := ownRoot(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(runtimeDir), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(runtimeDir, 0o700); err != nil {
		return err
	}
	for _, dir := range []string{runtimeDir, plan.Home} {
		if err := os.Chown(dir, plan.UserID, plan.UserID); err != nil {
			return err
		}
	}
	if err := unix.Sethostname([]byte("vm")); err != nil {
		return fmt.Errorf("setting the host name: %w", err)
	}
	// systemd's default for what it starts.
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 1024, Max: 1 << 19}); err != nil {
		return fmt.Errorf("setting the limit of open files: %w", err)
	}
	return loopbackUp()
}

// ownRoot gives the disk's files to root: they belong to whoever built the disk
// on the host, who need not be root there.
func ownRoot() error {
	var root unix.Stat_t
	if err := unix.Stat("/etc", &root); err != nil || root.Uid == 0 {
		return err
	}
	return filepath.WalkDir("/", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var s unix.Stat_t
		if err := unix.Lstat(path, &s); err != nil {
			return err
		}
		if path == "/proc" || path == "/sys" || path == "/dev" || path == "/run" {
			return fs.SkipDir
		}
		// A new owner takes the set-user-ID bit away (chown(2)).
		if err := os.Lchown(path, 0, 0); err != nil || s.Mode&unix.S_ISUID == 0 {
			return err
		}
		return unix.Chmod(path, s.Mode&0o7777)
	})
}

// loopbackUp sets the flag that `ip link set lo up` sets (netdevice(7)).
func loopbackUp() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("making a socket: %w", err)
	}
	defer unix.Close(s)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, lo); err != nil {
		return fmt.Errorf("setting lo up: %w", err)
	}
	return nil
}

const cgroupRoot = "/sys/fs/cgroup"

// Where programs run: the places that systemd gives to root's services and to
// what a user starts with `systemd-run --user --scope -p Delegate=yes`.
const (
	rootSlice = cgroupRoot + "/system.slice"
	userSlice = cgroupRoot + "/user.slice/user-1000.slice/user@1000.service/app.slice"
	rootScope = rootSlice + "/tests.service"
	userScope = userSlice + "/tests.scope"
)

// mountCgroups mounts the unified hierarchy and enables all controllers down to
// the two slices, from the top, each in the parent of where it shall act
// (cgroup v2, "Top-down Constraint").
func mountCgroups() error {
	const safe = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	err := mountAll(mount{"cgroup2", cgroupRoot, "cgroup2", safe, "nsdelegate,memory_recursiveprot"})
	if err != nil {
		return err
	}
	for _, slice := range []string{rootSlice, userSlice} {
		if err := os.MkdirAll(slice, 0o755); err != nil {
			return err
		}
		dir := cgroupRoot
		for element := range strings.SplitSeq(strings.TrimPrefix(slice, cgroupRoot+"/"), "/") {
			if err := enableControllers(dir); err != nil {
				return err
			}
			dir = filepath.Join(dir, element)
		}
		if err := enableControllers(slice); err != nil {
			return err
		}
	}
	return nil
}

func enableControllers(dir string) error {
	all, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return err
	}
	for c := range strings.FieldsSeq(string(all)) {
		if err := os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+"+c), 0o644); err != nil {
			return fmt.Errorf("enabling controller %s below %s: %w", c, dir, err)
		}
	}
	return nil
}

// scope makes the cgroup that a program is born in. The ordinary user's belongs
// to them with the files that delegation is made of (cgroup v2, "Model of
// Delegation"): they may make cgroups below and move processes between them.
func scope(asUser bool) (string, error) {
	dir := rootScope
	if asUser {
		dir = userScope
	}
	if err := os.Mkdir(dir, 0o755); err != nil || !asUser {
		return dir, err
	}
	for _, name := range []string{"", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control"} {
		if err := os.Chown(filepath.Join(dir, name), plan.UserID, plan.UserID); err != nil {
			return dir, err
		}
	}
	return dir, nil
}
