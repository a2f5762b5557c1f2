package runtime

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

const (
	stateFile   = "state.json"
	startSocket = "start.sock"
	filterDir   = ".seccomp" // no container can have this id
)

// state is what is remembered of a container between commands.
type state struct {
	specs.State

	// StartTime tells the first process from a later one that happens to have
	// the same number: the time it was started, in clock ticks since boot. See
	// proc(5), /proc/pid/stat, field 22. While the container is being created,
	// process and time are its creator's.
	StartTime string `json:"startTime"`

	// Cgroup is the path of the container's cgroup, or "".
	Cgroup string `json:"cgroup,omitempty"`

	// Hooks are those that are yet to be run, or nil.
	Hooks *specs.Hooks `json:"hooks,omitempty"`

	// Parents are the directories that had to be made above the cgroup.
	Parents []string `json:"cgroupParents,omitempty"`

	// Shared is where the container's root is mounted, if others see it.
	Shared *sharedMounts `json:"sharedMounts,omitempty"`
}

// State tells how the container is. See OCI runtime-spec runtime.md, State.
func (r *Runtime) State(id string) (specs.State, error) {
	s, err := r.load(id)
	if s.Status == specs.StateCreating {
		s.Pid = 0 // the creator's is not the container's
	}
	return s.State, err
}

// List returns the state of every container.
func (r *Runtime) List() ([]specs.State, error) {
	entries, err := os.ReadDir(r.stateDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var list []specs.State
	for _, entry := range entries {
		if entry.Name() == filterDir {
			continue
		}
		s, err := r.State(entry.Name())
		if errors.Is(err, ErrNotExist) {
			continue // just being created, or just gone
		}
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// load reads the container's state and brings its status up to date: nobody
// writes down that a process has died.
func (r *Runtime) load(id string) (state, error) {
	var s state
	if err := checkID(id); err != nil {
		return s, err
	}
	text, err := os.ReadFile(filepath.Join(r.dir(id), stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("container %q: %w", id, ErrNotExist)
	}
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("reading the state of container %q: %w", id, err)
	}
	if now, err := startTime(s.Pid); err != nil || now != s.StartTime {
		s.Status, s.Pid = specs.StateStopped, 0
	} else if s.Status == specs.StateCreated {
		// The socket goes when the command is executed.
		if _, err := os.Lstat(filepath.Join(r.dir(id), startSocket)); err != nil {
			s.Status = specs.StateRunning
		}
	}
	return s, nil
}

// save writes the state so that readers see it whole or not at all.
func (r *Runtime) save(s state) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	path := filepath.Join(r.dir(s.ID), stateFile)
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// startTime reads when process pid was started. A zombie counts as gone: it
// runs nothing any more.
func startTime(pid int) (string, error) {
	if pid <= 0 {
		return "", unix.ESRCH
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	// The second field is the program's name in brackets, which may itself
	// hold brackets and spaces: count from behind the last one.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	const processState, started = 0, 19 // fields 3 and 22
	if len(fields) <= started {
		return "", fmt.Errorf("/proc/%d/stat has only %d fields behind the name", pid, len(fields))
	}
	if fields[processState] == "Z" || fields[processState] == "X" {
		return "", unix.ESRCH
	}
	return fields[started], nil
}

// checkID keeps ids from leading out of the state directory.
func checkID(id string) error {
	allowed := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_+-.", r)
	}
	if id == "" || id[0] == '.' || strings.ContainsFunc(id, func(r rune) bool { return !allowed(r) }) {
		return fmt.Errorf("invalid container id %q: letters, digits and the signs _+-. are allowed, and no . in front", id)
	}
	return nil
}
