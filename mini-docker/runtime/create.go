package runtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"drydock/mini-docker/namespace"
	"drydock/mini-docker/security/seccomp"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Create makes the container that the bundle describes: its namespaces, its
// root file system, everything but its command, which waits for Start. When ctx
// ends before that is done, or something fails, nothing is left.
//
// See OCI runtime-spec runtime.md, Create.
func (r *Runtime) Create(ctx context.Context, o CreateOptions) (_ *Process, err error) {
	spec, err := r.readBundle(o)
	if err != nil {
		return nil, err
	}
	s, err := r.reserve(o, spec)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.forget(s))
		}
	}()
	process, err := r.launch(o, spec, s)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, process.Kill)
	err = r.setUp(o, spec, process, s)
	if !stop() {
		err = context.Cause(ctx)
	}
	if err == nil {
		err = r.remember(o, s, process)
	}
	if err == nil && o.ConsoleSocket != "" {
		err = process.sendConsole(o.ConsoleSocket)
	}
	if err != nil {
		process.abort()
		return nil, err
	}
	process.narrateRest(o.Narrate)
	return process, nil
}

// setUp has the first process build the container, and returns when it has.
// What it needs first is sent first: it builds while the rest is prepared.
func (r *Runtime) setUp(o CreateOptions, spec *specs.Spec, process *Process, s state) error {
	request, err := requestOf(o, spec)
	if err == nil {
		request.Hooks, err = hooksFor(s, spec.Hooks)
	}
	if err != nil {
		return err
	}
	if err := process.send(request); err != nil {
		return err
	}
	if err := saveConfig(o); err != nil {
		return err
	}
	filter, err := r.filter(spec.Linux.Seccomp)
	if err != nil {
		return err
	}
	if err := process.send(followUp{IsRest: true, Filter: filter}); err != nil {
		return err
	}
	return process.awaitSetUp(o.Narrate, creatorHooks(s, spec.Hooks, process.PID))
}

// requestOf says what the first process is to build, and where.
func requestOf(o CreateOptions, spec *specs.Spec) (initRequest, error) {
	request := initRequest{
		Spec: portionOf(spec), LookUp: o.Detached, Init: o.Init, DieWithParent: o.DieWithParent, KeepKeyring: o.KeepKeyring, Narrate: o.Narrate != nil,
	}
	if len(o.SecretEnv) > 0 {
		process := *spec.Process
		process.Env = slices.Concat(process.Env, o.SecretEnv)
		request.Spec.Process = &process
	}
	var err error
	if request.Root, err = rootPath(o, spec); err != nil {
		return request, err
	}
	if request.Mounts, err = namespace.ID(0, namespace.Mount); err != nil {
		return request, err
	}
	if isNew(spec.Linux, specs.CgroupNamespace) { // else the kernel may know none
		request.Cgroups, err = namespace.ID(0, namespace.Cgroup)
	}
	return request, err
}

// saveConfig writes config.json if it is only known in memory.
func saveConfig(o CreateOptions) error {
	if o.Spec == nil {
		return nil
	}
	text, err := json.Marshal(o.Spec)
	if err != nil {
		return fmt.Errorf("writing config.json: %w", err)
	}
	return o.Save(text)
}

// filter compiles the container's seccomp profile.
func (r *Runtime) filter(profile *specs.LinuxSeccomp) ([]byte, error) {
	if profile == nil {
		return nil, nil
	}
	filter, err := seccomp.Cached(filepath.Join(r.stateDir, filterDir), profile)
	return filter.Bytes(), err
}

// reserve takes the id: making a directory succeeds for one caller only. From
// then on Delete can remove whatever there is of the container, should this
// process die before it is whole. Until then the state tells of this process.
func (r *Runtime) reserve(o CreateOptions, spec *specs.Spec) (state, error) {
	var s state
	if err := checkID(o.ID); err != nil {
		return s, err
	}
	if _, err := os.Lstat(r.dir(o.ID)); err == nil {
		return s, fmt.Errorf("container %q: %w", o.ID, ErrExists)
	}
	bundle, err := filepath.Abs(o.Bundle)
	if err != nil {
		return s, err
	}
	group, parents, err := r.placeCgroup(o.ID, spec)
	if err != nil {
		return s, err
	}
	shared, err := sharedMountsOf(o, spec)
	if err != nil {
		return s, err
	}
	started, err := startTime(os.Getpid())
	if err != nil {
		return s, err
	}
	if err := r.take(o.ID); err != nil {
		return s, err
	}
	s = state{
		State: specs.State{
			Version: specs.Version, ID: o.ID, Status: specs.StateCreating, Pid: os.Getpid(),
			Bundle: bundle, Annotations: spec.Annotations,
		},
		StartTime: started,
		Cgroup:    group,
		Hooks:     laterHooks(spec.Hooks),
		Parents:   parents,
		Shared:    shared,
	}
	return s, r.save(s)
}

// take makes the directory of an id.
func (r *Runtime) take(id string) error {
	if err := os.MkdirAll(r.stateDir, 0o700); err != nil {
		return err
	}
	err := os.Mkdir(r.dir(id), 0o700)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("container %q: %w", id, ErrExists)
	}
	return err
}

// listen opens the socket on which the first process waits for Start.
func (r *Runtime) listen(id string) (*os.File, error) {
	address, done, err := r.socketAddress(id)
	if err != nil {
		return nil, err
	}
	defer done()
	listener, err := net.ListenUnix("unix", address)
	if err != nil {
		return nil, err
	}
	listener.SetUnlinkOnClose(false) // it stays for Start, with the process's copy
	defer listener.Close()
	return listener.File()
}

// socketAddress names the container's start socket by way of a descriptor of
// its directory: an address holds 107 bytes at most, which a path may exceed.
// See unix(7).
func (r *Runtime) socketAddress(id string) (*net.UnixAddr, func() error, error) {
	dir, err := os.Open(r.dir(id))
	if err != nil {
		return nil, nil, err
	}
	name := fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), startSocket)
	return &net.UnixAddr{Name: name, Net: "unix"}, dir.Close, nil
}

// remember writes down the container that now exists.
func (r *Runtime) remember(o CreateOptions, s state, p *Process) error {
	started, err := startTime(p.PID)
	if err != nil {
		return fmt.Errorf("the container's first process has ended already: %w", err)
	}
	s.Status, s.Pid, s.StartTime = specs.StateCreated, p.PID, started
	if err := r.save(s); err != nil || o.PidFile == "" {
		return err
	}
	return os.WriteFile(o.PidFile, []byte(strconv.Itoa(p.PID)), 0o644)
}

// Start lets the command of a created container run. It returns when the
// command has been executed, or with the reason why it could not be; ctx counts
// until that has begun.
//
// See OCI runtime-spec runtime.md, Start.
func (r *Runtime) Start(ctx context.Context, id string) error {
	s, err := r.load(id)
	if err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if s.Status != specs.StateCreated {
		return fmt.Errorf("starting container %q: it is %s, not created", id, s.Status)
	}
	address, done, err := r.socketAddress(id)
	if err != nil {
		return err
	}
	defer done()
	connection, err := net.DialUnix("unix", nil, address)
	if err != nil {
		return fmt.Errorf("starting container %q: %w", id, err)
	}
	defer connection.Close()
	// From here on there is no way back, and no waiting either: execve takes as
	// long as it takes.
	reply, hung, err := awaitCommand(connection, s.Pid)
	// Either way it has been started, and cannot be a second time.
	os.Remove(filepath.Join(r.dir(id), startSocket))
	switch {
	case hung:
		return r.poststart(s)
	case err != nil:
		return err
	}
	return reply.err()
}
