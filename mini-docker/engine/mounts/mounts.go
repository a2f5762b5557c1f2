// Package mounts knows Docker's grammar for what a container sees besides its own
// file system: -v, --mount and --volumes-from.
//
//	m, err := mounts.ParseVolume("data:/var/lib/app:ro")
//	m, err := mounts.ParseMount("type=tmpfs,target=/run,tmpfs-size=1m")
//	f, err := mounts.ParseFrom("other:ro")
//
// It reads and checks texts alone. Whether a folder of the host is there, and which
// volume is meant, the engine finds out. See moby, volume/mounts/linux_parser.go,
// and docker's opts/mount.go, whose words the errors have.
package mounts

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Type says where a mount comes from.
type Type string

// The types: a folder or file of the host, a volume, a file system in memory.
const (
	Bind   Type = "bind"
	Volume Type = "volume"
	Tmpfs  Type = "tmpfs"
)

// Request is a mount that is asked for.
type Request struct {
	Type     Type
	Source   string // of a bind, a path of the host; of a volume its name, or "" for a new one
	Target   string // in the container
	ReadOnly bool

	Short bool   // it was asked for with -v
	Mode  string // and this stood behind the second colon

	Propagation string // of a bind: where mounts made below it later are seen
	Flat        bool   // of a bind: without what is mounted below it
	MakeSource  bool   // of a bind: a missing source becomes a folder

	NoCopy bool              // of a volume: it is not filled from the image
	Labels map[string]string // of a volume that is new

	Size        int64  // of a tmpfs, in bytes; 0 is the kernel's default
	Permissions uint32 // of a tmpfs; 0 is rwxrwxrwt
}

// DefaultPropagation: what the host mounts later is not seen, nor the reverse.
const DefaultPropagation = "rprivate"

// propagations are the kinds that work here. Shared ones would carry the
// container's mounts to the host, from which its mount namespace is cut off.
func propagations() []string { return []string{"private", "rprivate", "slave", "rslave"} }

// ParseVolume reads SRC:DST[:OPTIONS], NAME:DST[:OPTIONS] or DST.
func ParseVolume(text string) (Request, error) {
	r := Request{Type: Volume, Short: true}
	parts := strings.Split(text, ":")
	switch {
	case slices.Contains(parts, "") && !(len(parts) == 3 && parts[2] == "" && parts[0] != "" && parts[1] != ""),
		len(parts) > 3, len(parts) == 2 && isMode(parts[1]):
		return r, fmt.Errorf("invalid volume specification: '%s'", text)
	case len(parts) == 1:
		r.Target = parts[0]
	default:
		r.Source, r.Target = parts[0], parts[1]
	}
	if path.IsAbs(r.Source) {
		r.Type, r.MakeSource = Bind, true
	}
	if len(parts) == 3 {
		if err := r.setMode(parts[2]); err != nil {
			return r, err
		}
	}
	if err := r.Check(); err != nil {
		return r, fmt.Errorf("invalid volume specification: '%s': %w", text, err)
	}
	return r, nil
}

// modes of a mount asked for with -v, of each group one at most.
func modeGroups() [][]string {
	return [][]string{
		{"ro", "rw"}, {"z", "Z"}, {"nocopy"}, {"consistent", "cached", "delegated"},
		append(propagations(), "shared", "rshared"),
	}
}

// isMode says whether a text could stand behind the second colon.
func isMode(text string) bool {
	words := strings.Split(text, ",")
	for _, group := range modeGroups() {
		found := 0
		for _, word := range group {
			if i := slices.Index(words, word); i >= 0 {
				words = slices.Delete(words, i, i+1)
				found++
			}
		}
		if found > 1 {
			return false
		}
	}
	return len(words) == 0
}

func (r *Request) setMode(text string) error {
	if text == "" {
		return nil
	}
	if !isMode(text) {
		return fmt.Errorf("invalid mode: %s", text)
	}
	r.Mode = text
	for word := range strings.SplitSeq(text, ",") {
		switch word {
		case "ro":
			r.ReadOnly = true
		case "nocopy":
			r.NoCopy = true
		case "z", "Z":
			return fmt.Errorf("invalid mode: %s: labels of SELinux are not supported yet", text)
		case "rw", "consistent", "cached", "delegated": // which is what everybody gets
		default:
			r.Propagation = word
		}
	}
	return nil
}

// Check refuses a mount that cannot be meant.
func (r *Request) Check() error {
	err := r.problem()
	if err == nil {
		return nil
	}
	return fmt.Errorf("invalid mount config for type %q: %w", r.Type, err)
}

func (r *Request) problem() error {
	switch {
	case r.Target == "":
		return errors.New("field Target must not be empty")
	case path.Clean(r.Target) == "/":
		return errors.New("invalid specification: destination can't be '/'")
	case !path.IsAbs(r.Target):
		return fmt.Errorf("invalid mount path: '%s' mount path must be absolute", r.Target)
	case r.Type != Bind && r.Propagation != "":
		return errors.New("field BindOptions must not be specified")
	}
	switch r.Type {
	case Bind:
		return r.bindProblem()
	case Volume:
		if r.ReadOnly && r.Source == "" {
			return errors.New("must not set ReadOnly mode when using anonymous volumes")
		}
	case Tmpfs:
		if r.Source != "" {
			return errors.New("field Source must not be specified")
		}
	default:
		return errors.New("mount type unknown")
	}
	return nil
}

func (r *Request) bindProblem() error {
	switch {
	case r.Source == "":
		return errors.New("field Source must not be empty")
	case !path.IsAbs(r.Source):
		return fmt.Errorf("invalid mount path: '%s' mount path must be absolute", r.Source)
	case r.Short && r.NoCopy:
		return errors.New("field VolumeOptions must not be specified")
	case r.Propagation == "shared" || r.Propagation == "rshared":
		return fmt.Errorf("the propagation %s is not supported yet: there are %s", r.Propagation, strings.Join(propagations(), ", "))
	case r.Propagation != "" && !slices.Contains(propagations(), r.Propagation):
		return fmt.Errorf("invalid propagation mode: %s", r.Propagation)
	}
	return nil
}

// From is a container whose mounts another one gets.
type From struct {
	Container string
	ReadOnly  bool
}

// ParseFrom reads CONTAINER[:ro|rw].
func ParseFrom(text string) (From, error) {
	name, mode, _ := strings.Cut(text, ":")
	switch {
	case text == "":
		return From{}, errors.New("volumes-from specification cannot be an empty string")
	case mode != "" && mode != "ro" && mode != "rw":
		return From{}, fmt.Errorf("invalid mode: %s", mode)
	}
	return From{Container: name, ReadOnly: mode == "ro"}, nil
}
