package namespaces

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/child"
	"drydock/cmd/box/applet/start"
)

// plan is what is done inside the new namespaces before the command starts.
type plan struct {
	Propagation string // "" leaves the mounts alone
	MountProc   bool
	DropAmbient bool // capabilities were carried over execve(2), see cloned
	Args        []string
}

// varPlan carries a plan, but for the command's own arguments, to the child,
// which is this program again: PROPAGATION:MOUNT-PROC:DROP-AMBIENT.
const varPlan = "BOX_UNSHARE"

func (p plan) String() string {
	return fmt.Sprintf("%s:%t:%t", p.Propagation, p.MountProc, p.DropAmbient)
}

// unshare starts a program in namespaces of its own. See unshare(1).
func unshare(e *applet.Env, args []string) int {
	if text := os.Getenv(varPlan); text != "" {
		return inside(e, text, args)
	}
	f, args, status, ok := e.Flags(args, "+"+options+"f|fork r|map-root-user map-user: map-group: mount-proc propagation:")
	if !ok {
		return status
	}
	ids, ok := idsFrom(e, f)
	if !ok {
		return e.Misuse("--map-user and --map-group take a number each")
	}
	var flags uintptr
	for _, k := range kinds() {
		if f.Has(k.letter) {
			flags |= k.flag
		}
	}
	if ids.mapped() {
		flags |= unix.CLONE_NEWUSER
	}
	p := plan{MountProc: f.Has("mount-proc"), Args: args}
	if p.MountProc {
		flags |= unix.CLONE_NEWNS
	}
	if len(p.Args) == 0 {
		p.Args = []string{"/bin/sh"}
	}
	if flags&unix.CLONE_NEWNS != 0 {
		p.Propagation = f.Value("propagation", "private")
	}
	if _, ok := propagation(p.Propagation); !ok {
		return e.Misuse("unknown propagation '" + p.Propagation + "'")
	}
	if f.Has("p") && !f.Has("f") {
		return e.Misuse("-p needs -f here: the new PID namespace is for children only, and until the first of them is there, " +
			"the kernel gives no thread to a program of several, as those of this image are (clone(2), EINVAL)")
	}
	if f.Has("f") || flags&unix.CLONE_NEWUSER != 0 {
		return cloned(e, flags, ids, p)
	}
	return moved(e, flags, p)
}

// propagation is what is said of all mounts of a new mount namespace. A private
// one is the habit, so that what is mounted inside stays inside.
func propagation(name string) (uintptr, bool) {
	bits, ok := map[string]uintptr{
		"": 0, "unchanged": 0, "private": unix.MS_PRIVATE | unix.MS_REC,
		"slave": unix.MS_SLAVE | unix.MS_REC, "shared": unix.MS_SHARED | unix.MS_REC,
	}[name]
	return bits, ok
}

// moved moves this process into the new namespaces and makes it the command, so
// that the command has the number that its caller knows.
func moved(e *applet.Env, flags uintptr, p plan) int {
	// unshare(2) is about the calling thread. The others stay behind, and are
	// gone when this one calls execve(2).
	runtime.LockOSThread()
	if err := unix.Unshare(int(flags)); err != nil {
		return e.Complain(explain(err))
	}
	return p.carryOut(e)
}

// cloned starts a child that is born into the namespaces, and waits for it.
func cloned(e *applet.Env, flags uintptr, as ids, p plan) int {
	attr := &syscall.SysProcAttr{Cloneflags: flags}
	if as.user >= 0 {
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: as.user, HostID: os.Geteuid(), Size: 1}}
	}
	if as.group >= 0 {
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: as.group, HostID: os.Getegid(), Size: 1}}
	}
	if as.user != 0 && flags&unix.CLONE_NEWUSER != 0 && p.Propagation != "" {
		// The child has every capability in its user namespace, but as another
		// user than root it would lose them when it becomes this program again:
		// capabilities(7), Transformation of capabilities.
		attr.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN}
		p.DropAmbient = true
	}
	// Ctrl-C is for the command.
	ignored := make(chan os.Signal, 8)
	signal.Ignore(unix.SIGINT, unix.SIGTERM)
	signal.Notify(ignored, unix.SIGINT, unix.SIGTERM)
	defer signal.Stop(ignored)
	children := child.New()
	pid, err := children.Start(child.Self(), append([]string{"unshare"}, p.Args...), &syscall.ProcAttr{
		Env: append(os.Environ(), varPlan+"="+p.String()), Files: []uintptr{0, 1, 2}, Sys: attr,
	})
	if err != nil {
		return e.Complain(explain(err))
	}
	ended, _, _ := children.Wait(context.Background(), pid)
	return child.Status(ended)
}

// inside is the child's part.
func inside(e *applet.Env, text string, args []string) int {
	os.Unsetenv(varPlan)
	fields := strings.Split(text, ":")
	if len(fields) != 3 {
		return e.Complain("unknown plan '" + text + "' in " + varPlan)
	}
	p := plan{Propagation: fields[0], MountProc: fields[1] == "true", DropAmbient: fields[2] == "true", Args: args}
	// Capabilities and mounts are looked after on one thread, which becomes the
	// command.
	runtime.LockOSThread()
	return p.carryOut(e)
}

// carryOut prepares the mounts and becomes the command.
func (p plan) carryOut(e *applet.Env) int {
	if bits, _ := propagation(p.Propagation); bits != 0 {
		if err := unix.Mount("", "/", "", bits, ""); err != nil {
			return e.Fail("making all mounts "+p.Propagation, err)
		}
	}
	if p.MountProc {
		// The /proc that is there shows the processes of the namespace it was
		// mounted from. The new one goes on top of it.
		const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
		if err := unix.Mount("proc", "/proc", "proc", flags, ""); err != nil {
			return e.Fail("mounting /proc", err)
		}
	}
	if p.DropAmbient {
		if err := dropAmbient(); err != nil {
			return e.Fail("dropping capabilities", err)
		}
	}
	return start.Exec(e, p.Args, os.Environ())
}

// dropAmbient empties the ambient set, and the inheritable one behind it.
func dropAmbient() error {
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return err
	}
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	if err := unix.Capget(&head, &sets[0]); err != nil {
		return err
	}
	sets[0].Inheritable, sets[1].Inheritable = 0, 0
	return unix.Capset(&head, &sets[0])
}

func explain(err error) string {
	switch err {
	case unix.EPERM:
		if !applet.MayAdminister() {
			return "Operation not permitted (this process lacks the capability CAP_SYS_ADMIN; " +
				"where the machine allows it, a user namespace gives it: -r)"
		}
	case unix.ENOSPC:
		return "the limit on namespaces is reached (/proc/sys/user)"
	}
	return applet.Reason(err)
}
