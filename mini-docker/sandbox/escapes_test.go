package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The ways out of a sandbox that are known. Each runs inside, as root there, and
// returns what it got out by, or why it did not. None does harm where it works:
// it opens for writing what it could write to, and looks for the marker.

// outsider is what the one who tries knows of the outside.
type outsider struct {
	Marker string // a file of the host that everybody may write
	Key    int    // a key in the session of who started the sandbox
	Handed bool   // root made the sandbox's cgroups and handed them over
}

// errHeld says that a way is no way out.
var errHeld = errors.New("held")

type escape func(o outsider) error // nil: out

func escapes() map[string]escape {
	return map[string]escape{
		"descriptors":      throughDescriptors,
		"init":             throughDescriptorsOfInit,
		"magic links":      throughMagicLinks,
		"unmounting":       byUnmounting,
		"remounting":       byRemounting,
		"lent":             byLent,
		"fresh proc":       func(outsider) error { return bySetting("proc", settings) },
		"fresh sysfs":      func(outsider) error { return bySetting("sysfs", devices) },
		"proc":             func(outsider) error { return openAny("/proc", settings) },
		"sysfs":            func(outsider) error { return openAny("/sys", devices) },
		"file systems":     byFileSystems,
		"control groups":   byControlGroups,
		"device nodes":     byDeviceNodes,
		"keyrings":         byKeys,
		"machine":          byMachine,
		"other namespaces": byNamespaces,
	}
}

// try runs one of them, and tells what came of it.
func try(args []string) int {
	var o outsider
	fmt.Sscan(args[2], &o.Key)
	fmt.Sscan(args[3], &o.Handed)
	o.Marker = args[1]
	if err := escapes()[args[0]](o); err != nil {
		fmt.Println(err)
		return 0
	}
	fmt.Println("OUT by", args[0])
	return 1
}

// leadsOut says whether an open file is a part of the host: a file or directory
// of a file system that is not mounted inside. What has no name leads nowhere.
func leadsOut(fd int, o outsider) bool {
	var stat unix.Stat_t
	if unix.Fstat(fd, &stat) != nil {
		return false
	}
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFBLK:
		return true
	case unix.S_IFDIR:
		up := fmt.Sprintf("/proc/self/fd/%d%s%s", fd, strings.Repeat("/..", 40), o.Marker)
		if _, err := os.Stat(up); err == nil {
			return true
		}
	case unix.S_IFREG:
		if stat.Nlink == 0 {
			return false
		}
	default:
		return false
	}
	text, _ := os.ReadFile("/proc/self/mountinfo")
	device := fmt.Sprintf("%d:%d", unix.Major(stat.Dev), unix.Minor(stat.Dev))
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); fields[2] == device && fields[3] == "/" {
			return false
		}
	}
	return true
}

// throughDescriptors opens what any process has open once more (CVE-2016-9962,
// CVE-2024-21626).
func throughDescriptors(o outsider) error {
	links, _ := filepath.Glob("/proc/[0-9]*/task/*/fd/*")
	if len(links) < 6 {
		return nil // it did not even see its own
	}
	for _, link := range links {
		for _, flags := range []int{unix.O_PATH, unix.O_RDONLY | unix.O_NONBLOCK, unix.O_RDWR | unix.O_NONBLOCK} {
			fd, err := unix.Open(link, flags|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
			if err != nil {
				continue
			}
			out := leadsOut(fd, o)
			unix.Close(fd)
			if out {
				target, _ := os.Readlink(link)
				fmt.Println(link, "is", target)
				return nil
			}
		}
	}
	return errHeld
}

// throughDescriptorsOfInit has process 1 hand over what it has open, as who
// traces it could. See pidfd_getfd(2).
func throughDescriptorsOfInit(o outsider) error {
	pidfd, err := unix.PidfdOpen(1, 0)
	if err != nil {
		return err
	}
	for number := range 256 {
		fd, err := unix.PidfdGetfd(pidfd, number, 0)
		if err != nil {
			continue
		}
		if leadsOut(fd, o) {
			return nil
		}
	}
	return errHeld
}

// throughMagicLinks follows what the kernel says that a process has for its root,
// its working directory, its program, and its mapped files.
func throughMagicLinks(o outsider) error {
	for _, pattern := range []string{"/proc/[0-9]*/root", "/proc/[0-9]*/cwd", "/proc/[0-9]*/task/*/root", "/proc/[0-9]*/task/*/cwd"} {
		links, _ := filepath.Glob(pattern)
		for _, link := range links {
			for _, way := range []string{"", strings.Repeat("/..", 40)} {
				if _, err := os.Stat(link + way + o.Marker); err == nil {
					return nil
				}
			}
		}
	}
	programs, _ := filepath.Glob("/proc/[0-9]*/exe")
	mapped, _ := filepath.Glob("/proc/[0-9]*/map_files/*")
	for _, link := range append(programs, mapped...) {
		fd, err := unix.Open(link, unix.O_WRONLY|unix.O_CLOEXEC, 0) // CVE-2019-5736
		if err == nil {
			if leadsOut(fd, o) {
				return nil
			}
			unix.Close(fd)
		}
	}
	return errHeld
}

// mountPoints are where something is mounted, the last first.
func mountPoints() []string {
	text, _ := os.ReadFile("/proc/self/mountinfo")
	var points []string
	for line := range strings.Lines(string(text)) {
		points = append([]string{strings.Fields(line)[4]}, points...)
	}
	return points
}

// byUnmounting takes away, in a mount namespace of its own, what may cover the
// host.
func byUnmounting(o outsider) error {
	runtime.LockOSThread() // of one thread only
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return err
	}
	for _, point := range mountPoints() {
		for range 3 {
			unix.Unmount(point, unix.MNT_DETACH)
		}
		if _, err := os.Stat(o.Marker); err == nil {
			return nil
		}
	}
	return errHeld
}

// byRemounting makes every mount writable, and writes to the programs: whoever
// started the sandbox compares theirs afterwards.
func byRemounting(outsider) error {
	for _, point := range mountPoints() {
		unix.Mount("", point, "", unix.MS_REMOUNT|unix.MS_BIND, "")
		unix.MountSetattr(unix.AT_FDCWD, point, unix.AT_RECURSIVE, &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY})
	}
	if err := os.WriteFile("/usr/local/bin/program", []byte("replaced"), 0o755); err != nil {
		return err
	}
	return errHeld
}

// settings of the whole machine, below /proc, and devices of it, below /sys.
var (
	settings = []string{
		"sys/kernel/core_pattern", "sys/kernel/modprobe", "sys/kernel/panic", "sys/kernel/randomize_va_space",
		"sys/vm/swappiness", "sys/vm/overcommit_memory", "sys/fs/file-max", "sys/fs/binfmt_misc/register",
		"sysrq-trigger", "kcore", "kmsg", "irq/default_smp_affinity",
	}
	devices = []string{
		"kernel/uevent_helper", "kernel/mm/ksm/run", "kernel/profiling", "power/state", "kernel/kexec_crash_size",
		"module/kernel/parameters/panic", "fs/cgroup/release_agent", "block/vda/queue/scheduler",
	}
)

// bySetting mounts a file system of the kernel's anew, whose files nobody has
// covered or made read-only.
func bySetting(kind string, files []string) error {
	dir, err := os.MkdirTemp("", kind)
	if err == nil {
		err = unix.Mount(kind, dir, kind, 0, "")
	}
	if err != nil {
		return err
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	return openAny(dir, files)
}

func openAny(dir string, files []string) error {
	for _, name := range files {
		file, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY, 0)
		if err == nil {
			file.Close()
			fmt.Println(file.Name(), "can be written to")
			return nil
		}
	}
	return errHeld
}

// byFileSystems mounts those that show the whole machine.
func byFileSystems(outsider) error {
	for _, kind := range []string{
		"devtmpfs", "tracefs", "debugfs", "securityfs", "configfs", "pstore", "efivarfs", "ext4", "xfs", "btrfs", "vfat", "nfsd", "binfmt_misc",
	} {
		dir, err := os.MkdirTemp("", kind)
		if err != nil {
			return err
		}
		for _, source := range []string{kind, "/dev/vda", "/dev/sda1"} {
			if unix.Mount(source, dir, kind, 0, "") != nil {
				continue
			}
			// binfmt_misc belongs to the user namespace since Linux 6.7.
			if kind == "binfmt_misc" {
				continue
			}
			fmt.Println(kind, "was mounted")
			return nil
		}
	}
	return errHeld
}

// byControlGroups has the kernel start a program when a group is empty
// (CVE-2022-0492), takes limits off that were set from outside, and looks for the
// groups of others.
func byControlGroups(o outsider) error {
	dir, err := os.MkdirTemp("", "cgroup")
	if err != nil {
		return err
	}
	if unix.Mount("cgroup", dir, "cgroup", 0, "none,name=escape") == nil {
		fmt.Println("a cgroup tree of its own")
		return nil
	}
	tops := []string{"/sys/fs/cgroup"}
	below, _ := filepath.Glob("/sys/fs/cgroup/*/cgroup.procs")
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.procs"); err == nil {
		below = nil // one tree: these are groups that were made inside
	}
	for _, file := range below {
		tops = append(tops, filepath.Dir(file))
	}
	limits := []string{"release_agent", "devices.allow"}
	if o.Handed { // what an ordinary user made with their own hands limits nobody but themselves
		limits = append(limits, "memory.limit_in_bytes", "memory.max", "pids.max", "cpu.max", "cpu.cfs_quota_us", "cpuset.cpus")
	}
	for _, top := range tops {
		if openAny(top, limits) == nil {
			return nil
		}
		// Without groups of its own a sandbox has a view, of its user's.
		entries, _ := filepath.Glob(filepath.Join(top, "drydock"))
		if len(entries) > 0 && unix.Access(top, unix.W_OK) == nil {
			return nil
		}
	}
	return errHeld
}

// byDeviceNodes makes the machine's disk and memory. See mknod(2).
func byDeviceNodes(outsider) error {
	for i, node := range []struct{ kind, number uint64 }{
		{unix.S_IFBLK, unix.Mkdev(254, 0)}, {unix.S_IFBLK, unix.Mkdev(8, 0)},
		{unix.S_IFCHR, unix.Mkdev(1, 1)}, {unix.S_IFCHR, unix.Mkdev(1, 11)}, {unix.S_IFCHR, unix.Mkdev(10, 229)},
	} {
		path := fmt.Sprintf("/dev/node%d", i)
		if unix.Mknod(path, uint32(node.kind)|0o666, int(node.number)) != nil {
			continue
		}
		if fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0); err == nil {
			unix.Close(fd)
			return nil
		}
	}
	return errHeld
}

// byKeys reads a key of the session in which the sandbox was started: by its
// name, and by its number. See keyctl(2).
func byKeys(o outsider) error {
	if _, err := unix.KeyctlSearch(unix.KEY_SPEC_SESSION_KEYRING, "user", "drydock-border", 0); err == nil {
		return nil
	}
	if _, err := unix.KeyctlBuffer(unix.KEYCTL_READ, o.Key, make([]byte, 64), 0); err == nil {
		return nil
	}
	return errHeld
}

// byMachine asks for what only the root of the machine may: modules, another
// kernel, the clock, ports, accounting, swap, a handle of a file. Each call has
// arguments with which it would do nothing.
func byMachine(outsider) error {
	var now unix.Timespec
	unix.ClockGettime(unix.CLOCK_REALTIME, &now)
	name := []byte("/none\x00")
	path := uintptr(unsafe.Pointer(&name[0]))
	for call, try := range map[string]func() error{
		"init_module":  func() error { return unix.InitModule([]byte("no module"), "") },
		"finit_module": func() error { return unix.FinitModule(0, "", 0) },
		"kexec_load":   func() error { return errno(unix.SYS_KEXEC_LOAD, 0, 0, 0) },
		"clock":        func() error { return unix.ClockSettime(unix.CLOCK_REALTIME, &now) },
		"swapon":       func() error { return errno(unix.SYS_SWAPON, path, 0, 0) },
		"acct":         func() error { return unix.Acct("") },
		"bpf":          func() error { return errno(unix.SYS_BPF, 5, 0, 0) },
	} {
		if err := try(); err != unix.EPERM && err != unix.ENOSYS && err != unix.EOPNOTSUPP {
			fmt.Println(call, "says", err)
			return nil
		}
	}
	return errHeld
}

func errno(call, a, b, c uintptr) error {
	if _, _, err := unix.Syscall(call, a, b, c); err != 0 {
		return err
	}
	return nil
}

// byNamespaces asks for the namespaces around its own. See ioctl_nsfs(2).
func byNamespaces(outsider) error {
	for _, kind := range []string{"user", "pid"} {
		file, err := os.Open("/proc/self/ns/" + kind)
		if err != nil {
			return err
		}
		if fd, err := unix.IoctlRetInt(int(file.Fd()), unix.NS_GET_PARENT); err == nil {
			unix.Close(fd)
			return nil
		}
	}
	owner, err := os.Open("/proc/self/ns/net")
	if err != nil {
		return err
	}
	user, err := unix.IoctlRetInt(int(owner.Fd()), unix.NS_GET_USERNS)
	if err != nil {
		return errHeld
	}
	if _, err := unix.IoctlRetInt(user, unix.NS_GET_PARENT); err == nil {
		return nil
	}
	return errHeld
}

// typist types a command into its terminal, for whoever reads that next. See
// TIOCSTI in ioctl_tty(2).
func typist(args []string) int {
	for _, key := range []byte("touch " + args[0] + "\n") {
		for _, fd := range []int{0, 1, 2} {
			unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TIOCSTI, uintptr(unsafe.Pointer(&key)))
		}
	}
	return 0
}

// stranger calls the process outside in odd ways: with no end of words, with
// words that are none, and idly, over and over.
func stranger(args []string) int {
	dial := func() *net.UnixConn {
		connection, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: HostSocket, Net: "unix"})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return connection
	}
	streams := unix.UnixRights(0, 1, 2)
	odd := []string{`{"Args":null}`, `{"Args":[]}`, `{}`, `[`, `null`, `{"Args":[""]}`, "\x00", ""}
	for _, words := range odd {
		connection := dial()
		connection.WriteMsgUnix([]byte{0}, streams, nil)
		io.WriteString(connection, words)
		connection.CloseWrite()
		io.Copy(io.Discard, connection)
		connection.Close()
	}
	endless := dial()
	endless.WriteMsgUnix([]byte{0}, streams, nil)
	io.WriteString(endless, `{"Args":["`)
	chunk := bytes.Repeat([]byte("a"), 1<<20)
	for range 200 {
		endless.SetWriteDeadline(time.Now().Add(time.Minute))
		if _, err := endless.Write(chunk); err != nil {
			break
		}
	}
	endless.Close()
	var idle []*net.UnixConn
	for range 120 {
		connection := dial()
		connection.WriteMsgUnix([]byte{0}, streams, nil)
		idle = append(idle, connection)
	}
	return ask([]string{"still", "there", fmt.Sprint(len(idle))})
}
