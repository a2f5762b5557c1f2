package facts

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// keeps looks whether the mount namespace of a process still has, wherever in it, the
// file system that is mounted here:
//
//	keeps PROCESS TARGET
//
// It looks at all mounts, from the root of the namespace on. /proc/PID/mountinfo would
// not do: it leaves out what lies outside of the process's own root, and behind a
// chroot(2) that is all that was to go.
func keeps(w World, args []string) (Observation, error) {
	q, err := parseWords(args, "keeps PROCESS TARGET", 2)
	if err != nil {
		return Observation{}, err
	}
	target := q.pos[1]
	expected := "what is mounted on " + target + " here"
	p, err := w.Find(q.pos[0])
	if err != nil {
		return missing("the mounts of "+q.pos[0], expected, err)
	}
	ours, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return Observation{}, err
	}
	var here Mount
	for _, m := range ParseMounts(string(ours)) {
		if m.Target == target {
			here = m
		}
	}
	if here.Target == "" {
		return Observation{}, fmt.Errorf("keeps: nothing is mounted on %s", target)
	}
	o := Observation{
		Looked:   "all mounts in the mount namespace of " + p.String(),
		Expected: expected + ", device " + here.Device, Absent: "nowhere " + expected,
		Found: "no mount of it",
	}
	table, err := wholeTable(p.PID)
	if err != nil {
		return missing(o.Looked, o.Expected, ended(p, err))
	}
	for _, m := range ParseMounts(table) {
		if m.shows(here) {
			o.Holds, o.Found = true, fmt.Sprintf("it is on %s of the namespace's root, type %s", m.Target, m.Type)
		}
	}
	return o, nil
}

// shows says whether a mount has the same to see as another. Of one file system several
// folders may be mounted (mount(8), bind): a volume is no way to the root it lies on.
func (m Mount) shows(other Mount) bool { return m.Device == other.Device && m.Root == other.Root }

// wholeTable is the mount table of a process's mount namespace as somebody sees it who
// has entered it, and so stands at its root (setns(2)).
func wholeTable(pid int) (table string, err error) {
	proc, err := unix.Open("/proc", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	defer unix.Close(proc)
	err = inNamespace(pid, "mnt", func() error {
		fd, err := unix.Openat(proc, "thread-self/mountinfo", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		file := os.NewFile(uintptr(fd), "mountinfo")
		defer file.Close()
		text, err := io.ReadAll(file)
		table = string(text)
		return err
	})
	return table, err
}
