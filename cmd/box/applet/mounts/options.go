package mounts

import (
	"strings"

	"golang.org/x/sys/unix"
)

// request is what a mount command asks for, sorted into the several calls that
// mount(2) is: a new mount, a bind, a move, a change of flags or propagation.
type request struct {
	flags       uintptr
	propagation []uintptr // each is a call of its own
	data        []string  // options for the file system itself
}

// flag is what an option does to the flags of mount(2).
type flag struct {
	bit   uintptr
	clear bool
}

func flags() map[string]flag {
	return map[string]flag{
		"ro": {bit: unix.MS_RDONLY}, "rw": {bit: unix.MS_RDONLY, clear: true},
		"nosuid": {bit: unix.MS_NOSUID}, "suid": {bit: unix.MS_NOSUID, clear: true},
		"nodev": {bit: unix.MS_NODEV}, "dev": {bit: unix.MS_NODEV, clear: true},
		"noexec": {bit: unix.MS_NOEXEC}, "exec": {bit: unix.MS_NOEXEC, clear: true},
		"noatime": {bit: unix.MS_NOATIME}, "relatime": {bit: unix.MS_RELATIME},
		"nodiratime": {bit: unix.MS_NODIRATIME}, "strictatime": {bit: unix.MS_STRICTATIME},
		"sync": {bit: unix.MS_SYNCHRONOUS}, "dirsync": {bit: unix.MS_DIRSYNC},
		"bind": {bit: unix.MS_BIND}, "rbind": {bit: unix.MS_BIND | unix.MS_REC},
		"move": {bit: unix.MS_MOVE}, "remount": {bit: unix.MS_REMOUNT},
		"defaults": {}, "silent": {bit: unix.MS_SILENT},
	}
}

// propagations are the options that change how a mount point passes mounts on.
// The kernel takes each in a call without any other flag. See
// mount_namespaces(7), SHARED SUBTREES.
func propagations() map[string]uintptr {
	return map[string]uintptr{
		"shared": unix.MS_SHARED, "rshared": unix.MS_SHARED | unix.MS_REC,
		"slave": unix.MS_SLAVE, "rslave": unix.MS_SLAVE | unix.MS_REC,
		"private": unix.MS_PRIVATE, "rprivate": unix.MS_PRIVATE | unix.MS_REC,
		"unbindable": unix.MS_UNBINDABLE, "runbindable": unix.MS_UNBINDABLE | unix.MS_REC,
	}
}

// parse reads the values of -o.
func parse(values []string) request {
	var r request
	known, passes := flags(), propagations()
	for _, option := range strings.Split(strings.Join(values, ","), ",") {
		if option == "" {
			continue
		}
		if bits, ok := passes[option]; ok {
			r.propagation = append(r.propagation, bits)
		} else if f, ok := known[option]; !ok {
			r.data = append(r.data, option)
		} else if f.clear {
			r.flags &^= f.bit
		} else {
			r.flags |= f.bit
		}
	}
	return r
}

// apply makes the calls. See mount(2).
func (r request) apply(source, target, fstype string) error {
	const carries = unix.MS_BIND | unix.MS_REC // what a bind takes; it ignores the rest
	attributes := r.flags &^ (carries | unix.MS_REMOUNT | unix.MS_MOVE)
	var err error
	switch {
	case r.flags&unix.MS_MOVE != 0:
		err = unix.Mount(source, target, "", unix.MS_MOVE, "")
	case r.flags&unix.MS_BIND != 0 && r.flags&unix.MS_REMOUNT == 0:
		err = unix.Mount(source, target, "", r.flags&carries, "")
		// A bind mount takes on no flags of its own; they need a second call.
		if err == nil && attributes != 0 {
			err = unix.Mount("", target, "", unix.MS_REMOUNT|unix.MS_BIND|attributes|lockedFlags(target), "")
		}
	case r.flags != 0 || fstype != "" || source != "" && len(r.propagation) == 0:
		err = unix.Mount(source, target, fstype, r.flags, strings.Join(r.data, ","))
	}
	for _, bits := range r.propagation {
		if err == nil {
			err = unix.Mount("", target, "", bits, "")
		}
	}
	return err
}

// lockedFlags are those a mount has already. A remount that leaves one out asks
// to clear it, which a user namespace may not do for mounts it was given
// (mount_namespaces(7), restrictions).
func lockedFlags(target string) uintptr {
	var st unix.Statfs_t
	if unix.Statfs(target, &st) != nil {
		return 0
	}
	// The ST_ bits of statfs(2) have the values of the MS_ bits for these.
	return uintptr(st.Flags) & (unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_NOATIME | unix.MS_NODIRATIME | unix.MS_RDONLY)
}
