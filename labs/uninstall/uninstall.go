// Package uninstall finds and removes what drydock, mini-docker and mini-k8s keep
// on this machine.
//
//	u := uninstall.Of(os.Getenv, "bin")
//	if err := u.Idle(ctx); err != nil { … }      // a container runs, a lesson is open
//	for _, p := range u.Places() { … }           // what there is
//	err := u.Remove(ctx, u.Places())
//
// It knows every place that a program of ours writes to; what has no place of its
// own (namespaces, mounts, interfaces) is gone with the processes. A place that
// holds what the learner wrote says so: it is theirs, and removed only when they
// say so.
package uninstall

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"drydock/labs/progress"
	"drydock/labs/tree"
)

// Place is a folder or file that is there.
type Place struct {
	Path   string
	What   string // for whoever is asked
	Theirs bool   // holds what the learner wrote

	engine  bool // a root of mini-docker's
	isGroup bool // a cgroup
}

// Uninstall is what was installed, for one user.
type Uninstall struct {
	getenv func(string) string
	bin    string // the folder of the programs
	top    string // of the machine's files: a test has one of its own
}

// Of looks at the places of the user whose environment getenv reads. The programs
// lie in the folder bin.
func Of(getenv func(string) string, bin string) *Uninstall {
	return &Uninstall{getenv: getenv, bin: bin, top: "/"}
}

// Places lists what is there, what the learner wrote at the end.
func (u *Uninstall) Places() []Place {
	all := append(append(u.engines(), u.clusters()...), []Place{
		{Path: u.xdg("XDG_CACHE_HOME", ".cache"), What: "unpacked programs, builds and remembered proofs"},
		{Path: u.runtime("drydock"), What: "sockets of open lessons"},
	}...)
	for _, name := range []string{"drydock", "mini-docker", "mini-k8s", "box"} {
		all = append(all, Place{Path: filepath.Join(u.bin, name), What: "a program"})
	}
	for _, group := range u.cgroups() {
		all = append(all, Place{Path: group, What: "a cgroup", isGroup: true})
	}
	all = append(all, u.theirs()...)
	return slices.DeleteFunc(all, func(p Place) bool {
		_, err := os.Lstat(p.Path)
		return p.Path == "" || err != nil
	})
}

// theirs are the places of what the learner wrote: the tree, what is stored of it,
// and how far they are.
func (u *Uninstall) theirs() []Place {
	var all []Place
	add := func(path, what string) { all = append(all, Place{Path: path, What: what, Theirs: true}) }
	if config, err := tree.Default(u.getenv); err == nil && tree.Is(config.Dir) {
		add(config.Dir, "your copy of the engine, with what you wrote")
	}
	add(u.xdg("XDG_DATA_HOME", ".local/share"), "what you wrote, as it was saved")
	if dir, err := progress.Dir(u.getenv); err == nil {
		add(dir, "your progress")
	}
	return all
}

// xdg is drydock's folder below one of the XDG Base Directory Specification, or
// "" where that is not known.
func (u *Uninstall) xdg(variable, usual string) string {
	if dir := u.getenv(variable); filepath.IsAbs(dir) {
		return filepath.Join(dir, "drydock")
	}
	if home := u.getenv("HOME"); home != "" {
		return filepath.Join(home, usual, "drydock")
	}
	return ""
}

// runtime is a folder below $XDG_RUNTIME_DIR.
func (u *Uninstall) runtime(name string) string {
	if dir := u.getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		return filepath.Join(dir, name)
	}
	return ""
}

// InUseError says what has to end first.
type InUseError struct {
	What []string // e.g. `container web`, `lesson pids`, `cluster mini-k8s`
}

func (e *InUseError) Error() string {
	return fmt.Sprintf("still in use: %s: stop containers with `mini-docker stop NAME`, leave lessons with `exit`, end clusters with `mini-k8s down --name NAME`; nothing was removed",
		strings.Join(e.What, ", "))
}

// Idle returns an *InUseError while a container runs, or a lesson or a cluster is
// open.
func (u *Uninstall) Idle(ctx context.Context) error {
	inUse := u.openLessons()
	for _, root := range u.engines() {
		names, err := u.ask(ctx, root, "ps", "--format", "{{.Names}}")
		if err != nil {
			return err
		}
		for _, name := range names {
			inUse = append(inUse, fmt.Sprintf("container %s in %s", name, root.Path))
		}
	}
	for _, name := range u.openClusters() {
		inUse = append(inUse, "cluster "+name)
	}
	if len(inUse) > 0 {
		return &InUseError{What: inUse}
	}
	return nil
}

// openLessons are those at whose control socket somebody answers.
func (u *Uninstall) openLessons() []string {
	dirs := []string{u.runtime("drydock")}
	if state, err := progress.Dir(u.getenv); err == nil {
		dirs = append(dirs, filepath.Join(state, "run"))
	}
	var open []string
	for _, dir := range dirs {
		sockets, err := filepath.Glob(filepath.Join(dir, "*.sock"))
		if dir == "" || err != nil {
			continue
		}
		for _, socket := range sockets {
			if c, err := net.Dial("unix", socket); err == nil {
				c.Close()
				open = append(open, "lesson "+strings.TrimSuffix(filepath.Base(socket), ".sock"))
			}
		}
	}
	return open
}

// Remove removes places. What cannot be removed does not keep it from the rest.
func (u *Uninstall) Remove(ctx context.Context, places []Place) error {
	var faults []error
	for _, p := range places {
		var err error
		switch {
		case ctx.Err() != nil:
			return errors.Join(append(faults, ctx.Err())...)
		case p.isGroup:
			err = removeCgroup(p.Path)
		case p.engine:
			err = errors.Join(u.empty(ctx, p), removeAll(p.Path))
		default:
			err = removeAll(p.Path)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("removing %s: %w", p.Path, err))
		}
	}
	return errors.Join(faults...)
}

// removeAll removes a folder, also one with directories in it that not even their
// owner may enter.
func removeAll(path string) error {
	err := os.RemoveAll(path)
	switch {
	case errors.Is(err, unix.EBUSY) && isEmpty(path):
		return nil // somebody has mounted a disk there: that is theirs
	case !errors.Is(err, fs.ErrPermission):
		return err
	}
	filepath.WalkDir(path, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			os.Chmod(path, 0o700)
		}
		return nil // what stays shut is named by the next line
	})
	return os.RemoveAll(path)
}

func isEmpty(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) == 0
}
