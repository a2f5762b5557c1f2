// Package facts looks at the kernel: which namespace a process is in, what is
// mounted there, who its parent is, what its host name is. Each look yields an
// [Observation], which says what was looked at, what was found and what was
// expected, so that whoever reads a failed check learns something from it.
//
// The looks are the commands of the scripts in package testscripts, which
// documents their words. They read /proc, netlink and the file system and
// believe no program's word about itself. The package is not for changing
// anything.
package facts

import (
	"fmt"
	"slices"
	"strings"
)

// An Observation is what one look brought.
type Observation struct {
	Looked   string // at what, e.g. `the mount table of process 12 (sh)`
	Found    string // e.g. `/proc is mounted with type proc, private`
	Expected string // e.g. `/proc mounted, type=proc`
	Absent   string // what a negated look expects, e.g. `/proc not mounted`
	Holds    bool   // whether what was expected was found

	// Dead says why the absence of the thing would prove nothing, e.g.
	// because the directory that would hold it does not exist either.
	// A negated check fails on it: first the world has to be alive.
	Dead string

	ended bool // the process ended while it was looked at
}

// A Look reads one fact. The error is for a look that is not well asked, or
// could not be made; what the kernel says, even "no such process", is an
// Observation.
type Look func(w World, args []string) (Observation, error)

// World is what looks need to know about where they look from.
type World struct {
	// ContainerPID asks the engine for the process id of a container's first
	// process. It is the one question that /proc has no answer to.
	ContainerPID func(name string) (int, error)

	// Named are the processes that a script has given a name to; see process.
	Named map[string]Process
}

// Looks returns the looks by the name under which scripts call them.
func Looks() map[string]Look {
	all := map[string]Look{
		"cgroup":   cgroup,
		"file":     file,
		"hostname": hostname,
		"inode":    inode,
		"keeps":    keeps,
		"link":     link,
		"mounts":   mounts,
		"ns":       namespaces,
		"nspid":    nspid,
		"proc":     procFile,
		"process":  process,
		"root":     root,
		"shm":      sharedMemory,
	}
	for name, look := range all {
		all[name] = settled(look)
	}
	return all
}

// settled looks once more where a process ended in the middle of a look: it is
// either gone then, or another has taken its place.
func settled(look Look) Look {
	return func(w World, args []string) (o Observation, err error) {
		for range 3 {
			if o, err = look(w, args); err != nil || !o.ended {
				break
			}
		}
		return o, err
	}
}

// words are a look's arguments: the positional ones, and the key=value ones.
type words struct {
	pos []string
	opt map[string]string
}

// parseWords sorts args into positional words, of which there must be want,
// and options, which must be among known.
func parseWords(args []string, usage string, want int, known ...string) (words, error) {
	w := words{opt: map[string]string{}}
	for _, a := range args {
		if key, value, ok := strings.Cut(a, "="); ok && slices.Contains(known, key) {
			w.opt[key] = value
			continue
		}
		w.pos = append(w.pos, a)
	}
	if len(w.pos) != want {
		return w, fmt.Errorf("usage: %s", usage)
	}
	return w, nil
}

// in returns the process named by the option in=PROCESS, or this process.
func (w words) in(world World) (Process, error) {
	expr, ok := w.opt["in"]
	if !ok {
		expr = "self"
	}
	return world.Find(expr)
}

// asked repeats the options that were asked for, in the order of keys, for
// the Expected of an observation.
func (w words) asked(keys ...string) string {
	var b strings.Builder
	for _, k := range keys {
		if v, ok := w.opt[k]; ok {
			fmt.Fprintf(&b, ", %s=%s", k, v)
		}
	}
	return b.String()
}
