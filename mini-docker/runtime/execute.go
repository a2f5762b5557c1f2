package runtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"drydock/mini-docker/cgroup"
	"drydock/mini-docker/namespace"
	"drydock/mini-docker/socketpair"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// ExecOptions says what is to be executed in a container that runs.
type ExecOptions struct {
	ID      string
	Process *specs.Process // user, environment, capabilities and so on: all of it

	// See CreateOptions.
	Stdin, Stdout, Stderr *os.File
	Preserved             []*os.File
	ConsoleSocket         string
	PidFile               string
	Detached              bool // the caller ends before the command does; nobody may wait for that here
}

// Exec executes a further command in a container that runs: in its namespaces, its
// cgroup and under its seccomp profile. It returns when the command has been
// executed, or with the reason why it could not be; until then ctx counts.
//
// The container's root file system and network are there already, so the process
// that becomes the command builds nothing: it enters. See setns(2), and runc(8),
// exec.
func (r *Runtime) Exec(ctx context.Context, o ExecOptions) (*Process, error) {
	spec, group, err := r.execSpec(o)
	if err != nil {
		return nil, err
	}
	entry, err := r.openEntry(o.ID)
	if err != nil {
		return nil, err
	}
	defer entry.close()
	process, err := r.cloneInto(o, spec, child{joins: entry.joins, user: entry.user, group: group, left: o.Detached}, entry)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, process.Kill)
	err = r.becomeCommand(initRequest{Spec: portionOf(spec), Root: entry.root, EnterCgroups: entry.cgroups != nil}, spec, process)
	if !stop() {
		err = context.Cause(ctx)
	}
	if err == nil && o.PidFile != "" {
		err = os.WriteFile(o.PidFile, []byte(strconv.Itoa(process.PID)), 0o644)
	}
	if err == nil && o.ConsoleSocket != "" {
		err = process.sendConsole(o.ConsoleSocket)
	}
	if err != nil {
		process.abort()
		return nil, err
	}
	process.narrateRest(nil)
	return process, nil
}

// execSpec puts together what the new process is to be and what its container
// gives it.
func (r *Runtime) execSpec(o ExecOptions) (*specs.Spec, cgroup.Group, error) {
	s, err := r.load(o.ID)
	if err != nil {
		return nil, nil, err
	}
	if s.Status != specs.StateRunning {
		return nil, nil, fmt.Errorf("container %q: %w: it is %s", o.ID, ErrNotRunning, s.Status)
	}
	// A new process would stop where it stands, before it could be killed.
	paused, err := r.Paused(o.ID)
	if err != nil {
		return nil, nil, err
	}
	if paused {
		return nil, nil, fmt.Errorf("container %q: cannot exec in a paused container", o.ID)
	}
	spec, err := s.config()
	if err != nil {
		return nil, nil, err
	}
	spec.Process = o.Process
	if err := validate(spec); err != nil {
		return nil, nil, err
	}
	spec = r.withAvailable(spec)
	if err := checkConsole(CreateOptions{ConsoleSocket: o.ConsoleSocket}, spec.Process.Terminal); err != nil {
		return nil, nil, err
	}
	group, err := r.cgroupAt(s.Cgroup)
	return spec, group, err
}

// config reads the container's config.json.
func (s state) config() (*specs.Spec, error) {
	text, err := os.ReadFile(filepath.Join(s.Bundle, "config.json"))
	if err != nil {
		return nil, err
	}
	spec := new(specs.Spec)
	if err := json.Unmarshal(text, spec); err != nil {
		return nil, fmt.Errorf("reading the container's config.json: %w", err)
	}
	return spec, nil
}

// CommandOf returns what the container's own command is, as config.json has it.
func (r *Runtime) CommandOf(id string) (*specs.Process, error) {
	s, err := r.load(id)
	if err != nil {
		return nil, err
	}
	spec, err := s.config()
	if err == nil && spec.Process == nil {
		err = errors.New("the container's config.json has no process")
	}
	if err != nil {
		return nil, err
	}
	return spec.Process, nil
}

// entry is the way into a container: its namespaces, but for those that we are in
// anyway.
type entry struct {
	joins   []join   // for the thread that clones
	user    *os.File // or nil
	mounts  *os.File // for the process itself
	cgroups *os.File // likewise, or nil
	root    string   // its root among those mounts, or "" for theirs
	files   []*os.File
}

func (e *entry) close() {
	for _, each := range e.files {
		each.Close()
	}
}

// openEntry opens the namespaces of the container's first process.
func (r *Runtime) openEntry(id string) (e *entry, err error) {
	s, err := r.load(id)
	if err != nil {
		return nil, err
	}
	e = new(entry)
	if s.Shared != nil {
		e.root = s.Shared.Root
	}
	// While a pidfd holds on to the process, its number means no other.
	err = r.withProcess(id, func(int) error {
		for _, kind := range []namespace.Kind{namespace.User, namespace.Mount, namespace.Cgroup,
			namespace.IPC, namespace.UTS, namespace.Network, namespace.PID} {
			if err := e.open(s.Pid, kind); err != nil {
				return fmt.Errorf("entering the container: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		e.close()
	}
	return e, err
}

func (e *entry) open(pid int, kind namespace.Kind) error {
	theirs, err := namespace.ID(pid, kind)
	if errors.Is(err, os.ErrNotExist) {
		return nil // the kernel has none of the kind
	}
	if err != nil {
		return err
	}
	own, err := namespace.ID(0, kind)
	if err != nil || own == theirs && kind != namespace.Mount {
		return err
	}
	file, err := os.Open(namespace.Path(pid, kind))
	if err != nil {
		return err
	}
	e.files = append(e.files, file)
	switch kind {
	case namespace.User:
		e.user = file
	case namespace.Mount:
		e.mounts = file
	case namespace.Cgroup:
		e.cgroups = file
	default:
		e.joins = append(e.joins, join{kind, fmt.Sprintf("/proc/self/fd/%d", file.Fd())})
	}
	return nil
}

// cloneInto starts the first processes' program, inside the container but for what it
// enters itself: it is executed from a file outside.
func (r *Runtime) cloneInto(o ExecOptions, spec *specs.Spec, first child, e *entry) (*Process, error) {
	program, err := r.program()
	if err != nil {
		return nil, err
	}
	self, err := namespace.Executable(program)
	if err != nil {
		return nil, err
	}
	defer self.Close()
	ours, theirs, err := socketpair.New("setup")
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	streams, err := openStreams(CreateOptions{Stdin: o.Stdin, Stdout: o.Stdout, Stderr: o.Stderr}, spec.Process.Terminal)
	if err != nil {
		return nil, err
	}
	defer streams.null.Close()
	first.args, first.files, first.preserved = []string{initArg, enterArg}, streams.files, o.Preserved
	first.files[setupFD], first.files[mountsFD], first.files[selfFD], first.files[cgroupsFD] = theirs, e.mounts, self, e.cgroups
	first.attributes = &syscall.SysProcAttr{Setsid: true}
	process, err := first.start()
	if err != nil {
		ours.Close()
		return nil, fmt.Errorf("starting a process in the container: %w", err)
	}
	process.setup = ours
	return process, nil
}

// becomeCommand has the process become the command.
func (r *Runtime) becomeCommand(request initRequest, spec *specs.Spec, process *Process) error {
	defer func() { process.setup.Close() }()
	if err := process.send(request); err != nil {
		return err
	}
	filter, err := r.filter(spec.Linux.Seccomp)
	if err != nil {
		return err
	}
	if err := process.send(followUp{IsRest: true, Filter: filter}); err != nil {
		return err
	}
	if err := process.awaitSetUp(nil, nil); err != nil {
		return err
	}
	if err := process.send(followUp{}); err != nil {
		return err
	}
	reply, hung, err := awaitCommand(process.setup, process.PID)
	if hung || err != nil {
		return err
	}
	return reply.err()
}
