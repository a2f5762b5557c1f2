// Package explain tells what is being done while it is done: each step of a
// container's start, with the kernel call behind it, the lesson that takes it
// apart and the declaration that does it.
//
// Whoever does a step announces it to a Narrator first. Nil narrates nothing,
// and costs nothing:
//
//	var tell explain.Narrator // nil unless --explain was given
//	tell.Step(explain.PivotRoot, "")
//	err := rootfs.PivotRoot(dir)
//
// The package prints nothing itself: how a step is shown, and whether the start
// waits after it, is the Narrator's business.
package explain

// Step is one step on the way to a running container.
type Step struct {
	Does        string // what is done, as the end of "this step …"
	Call        string // the kernel's part in it
	Lesson      string // the id of the lesson about it
	Declaration string // the code that does it, as lessons address it
}

// Narrator is told of each step before it is done, with what is particular this
// time, perhaps nothing. The step waits until it returns.
type Narrator func(step Step, particular string)

// Step announces a step.
func (n Narrator) Step(step Step, particular string) {
	if n != nil {
		n(step, particular)
	}
}

// The steps that the engine and the creating process take.
var (
	Image = Step{"finds the image and unpacks those of its layers that are not there yet",
		"openat2(RESOLVE_BENEATH …) for every file of a layer", "images", "mini-docker/image.(*Store).Layers"}
	Config = Step{"writes config.json, which tells any OCI runtime all it must know",
		"no call of its own: a file is written", "engine", "mini-docker/engine/bundle.Spec"}
	Self = Step{"makes the file of the first program read-only for the container to be",
		"open_tree(OPEN_TREE_CLONE), mount_setattr(MOUNT_ATTR_RDONLY)", "hardening", "mini-docker/namespace.Executable"}
	Cgroup = Step{"makes a control group and sets its limits",
		"mkdir and write in /sys/fs/cgroup", "limits", "mini-docker/cgroup.New"}
	Clone = Step{"starts a process in namespaces of its own",
		"clone(CLONE_NEW…)", "hostname-and-ipc", "mini-docker/namespace.CloneFlags"}
	Wait = Step{"waits for the command to end and takes its exit status",
		"wait4()", "processes", "mini-docker/runtime.(*Process).Wait"}
)

// The steps that the container's first process takes, inside.
var (
	Loopback = Step{"brings up the loopback interface, the only one there is",
		"ioctl(SIOCSIFFLAGS, IFF_UP)", "network-namespace", "mini-docker/namespace.LoopbackUp"}
	Isolate = Step{"keeps every mount from here on away from the host",
		`mount("/", MS_SLAVE|MS_REC)`, "mounts", "mini-docker/rootfs.Isolate"}
	Overlay = Step{"stacks the image's layers, with an empty one on top to write to",
		`mount("overlay", "lowerdir=…,upperdir=…")`, "layers", "mini-docker/rootfs.MountRoot"}
	Mounts = Step{"mounts what a program expects to find",
		"openat2(RESOLVE_NO_SYMLINKS), fsopen(), open_tree(), move_mount()", "mounts", "mini-docker/rootfs.(*Root).Mount"}
	Devices = Step{"makes the few devices a container may have",
		"mknod(), or bind mounts where that is forbidden", "mounts", "mini-docker/rootfs.(*Root).Devices"}
	Console = Step{"opens a terminal of the container's own",
		"open(ptmx), ioctl(TIOCGPTPEER), ioctl(TIOCSCTTY)", "lifecycle", "mini-docker/runtime.(*container).openConsole"}
	Mask = Step{"hides what tells of the machine, makes its settings read-only",
		`open_tree("/dev/null"), mount_setattr(MOUNT_ATTR_RDONLY), move_mount()`, "hardening", "mini-docker/rootfs.(*Root).Mask"}
	PivotRoot = Step{"makes the new root the root and lets go of the host's files",
		`pivot_root(".", "."), umount2(".", MNT_DETACH)`, "mounts", "mini-docker/rootfs.PivotRoot"}
	Hostname = Step{"sets the host name, in this UTS namespace only",
		"sethostname()", "hostname-and-ipc", "mini-docker/runtime.(*container).build"}
	Bounding = Step{"drops capabilities so that nothing inside can regain them",
		"prctl(PR_CAPBSET_DROP)", "hardening", "mini-docker/security.Capabilities.LimitBounding"}
	User = Step{"becomes the command's user",
		"setgroups(), setresgid(), setresuid()", "users", "mini-docker/runtime.setUser"}
	Descriptors = Step{"sees to it that no open file of the host is inherited",
		"close_range(3, ~0, CLOSE_RANGE_CLOEXEC)", "hardening", "mini-docker/runtime.(*container).run"}
	Seccomp = Step{"forbids the system calls that no ordinary program needs",
		"seccomp(SECCOMP_SET_MODE_FILTER)", "hardening", "mini-docker/security/seccomp.Install"}
	Capabilities = Step{"keeps the capabilities that are left and no other privilege",
		"capset()", "hardening", "mini-docker/security.Capabilities.Apply"}
	Exec = Step{"becomes the command: this program's code is gone from the process",
		"execve()", "processes", "mini-docker/runtime.(*container).run"}
	Init = Step{"stays as process 1, starts the command as its child and reaps orphans",
		"fork(), execve(), wait4(-1)", "pids", "mini-docker/runtime.reap"}
)
