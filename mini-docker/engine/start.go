package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/explain"
	"drydock/mini-docker/layer"
	"drydock/mini-docker/runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Attachment is what a container's standard streams are connected to. Nil is
// /dev/null. A container with a terminal ignores them: see RunningContainer.
type Attachment struct {
	Stdin, Stdout, Stderr *os.File

	Narrate explain.Narrator // is told of the steps, or nil

	ConsoleSize *specs.Box // in characters; the terminal's first size, if known
}

// RunningContainer is a container that this process runs.
type RunningContainer struct {
	Container *Container
	Console   *os.File // the other end of its terminal, or nil

	engine  *Engine
	process *runtime.Process
}

// Start runs a container that Create returned. The container belongs to this
// process and is killed if the process dies, however it dies. If it cannot be
// started it is removed if that is what it was to be at its end, and remains as
// created if not.
//
// The error wraps runtime.ErrCommandNotFound or runtime.ErrCommandNotExecutable
// if it is the command's fault.
func (e *Engine) Start(ctx context.Context, c *Container, a Attachment) (*RunningContainer, error) {
	running, err := e.start(ctx, c, a)
	if err == nil {
		return running, nil
	}
	// Even when it was ctx that ended, what is left must be cleared away.
	return nil, errors.Join(err, e.abandon(context.WithoutCancel(ctx), c, err))
}

func (e *Engine) start(ctx context.Context, c *Container, a Attachment) (*RunningContainer, error) {
	a.Narrate.Step(explain.Config, e.bundleFile(c.ID))
	spec, err := e.spec(ctx, c, a)
	if err != nil {
		return nil, err
	}
	narration := newNarration(ctx, a.Narrate, e.runtime, c.ID)
	process, err := e.runtime.Create(ctx, runtime.CreateOptions{
		ID: c.ID, Bundle: e.dir(c.ID), Spec: spec,
		Save:  func(text []byte) error { return os.WriteFile(e.bundleFile(c.ID), text, 0o600) },
		Stdin: a.Stdin, Stdout: a.Stdout, Stderr: a.Stderr,
		DieWithParent: true, Init: c.HostConfig.Init, Narrate: narration.tell,
	})
	if err != nil {
		return nil, err
	}
	// That it runs is not written down: the runtime knows, see Inspect.
	c.State = State{Status: Running, Running: true, Pid: process.PID, StartedAt: time.Now().UTC()}
	if err := narration.start(ctx, e.runtime, c.ID); err != nil {
		// Delete kills the process first; waiting for it is ours.
		err = errors.Join(err, e.forget(c.ID))
		process.Wait()
		return nil, err
	}
	a.Narrate.Step(explain.Wait, fmt.Sprintf("process %d", process.PID))
	return &RunningContainer{Container: c, Console: process.Console, engine: e, process: process}, nil
}

// spec says what config.json is to say. It is made at the start and not before,
// since it holds the process numbers of containers that are joined.
func (e *Engine) spec(ctx context.Context, c *Container, a Attachment) (*specs.Spec, error) {
	host := bundle.ThisHost()
	namespaces, err := e.namespaces(ctx, c, host)
	if err != nil {
		return nil, err
	}
	request := bundle.Request{
		Args: append([]string{c.Path}, c.Args...),
		Env:  c.Config.Env, User: c.Config.User, Groups: c.HostConfig.GroupAdd, WorkingDir: c.Config.WorkingDir,
		Hostname: c.Config.Hostname, Domainname: c.Config.Domainname,
		Terminal: c.Config.Tty, ReadOnly: c.HostConfig.ReadonlyRootfs,
		Namespaces: namespaces,
		Layers:     splitLower(c.GraphDriver.Data[lowerDir]),
		Upper:      c.GraphDriver.Data[upperDir], Work: c.GraphDriver.Data[workDir],
		UserXattr: layer.UserXattr(), Volatile: c.HostConfig.AutoRemove,
		Root:         e.rootfs(),
		HostnameFile: c.HostnamePath, HostsFile: c.HostsPath, ResolvConfFile: c.ResolvConfPath,
		ShmBytes: c.HostConfig.ShmSize, Host: host,
		MaskedPaths: c.HostConfig.MaskedPaths, ReadonlyPaths: c.HostConfig.ReadonlyPaths,
	}
	spec, err := bundle.Spec(request)
	if err != nil {
		return nil, err
	}
	if !namespaces[specs.UTSNamespace].Host && namespaces[specs.UTSNamespace].Path == "" {
		spec.Hostname = c.Config.Hostname
	} else {
		spec.Hostname = "" // the name belongs to the namespace's owner
	}
	spec.Process.ConsoleSize = a.ConsoleSize
	return spec, e.confine(c, spec, host)
}

// bundleFile is the config.json of a container: there as soon as it has been
// started once.
func (e *Engine) bundleFile(id string) string { return filepath.Join(e.dir(id), "config.json") }

// abandon clears away after a start that failed.
func (e *Engine) abandon(ctx context.Context, c *Container, cause error) error {
	if c.HostConfig.AutoRemove {
		return e.Discard(ctx, c)
	}
	defer c.Release()
	if err := os.Remove(e.bundleFile(c.ID)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	c.State = State{Status: Created, Error: cause.Error(), ExitCode: StartExit(cause)}
	return c.save(e.dir(c.ID))
}

// StartExit is the exit status that a container has which could not be started:
// a shell's for its command, 128 otherwise.
func StartExit(err error) int {
	switch {
	case errors.Is(err, runtime.ErrCommandNotFound):
		return 127
	case errors.Is(err, runtime.ErrCommandNotExecutable):
		return 126
	}
	return 128
}

// Signal sends the container's first process a signal. One that has ended
// already is no error.
func (r *RunningContainer) Signal(signal unix.Signal) error {
	err := r.engine.runtime.Kill(r.Container.ID, signal)
	if errors.Is(err, runtime.ErrNotRunning) || errors.Is(err, runtime.ErrNotExist) {
		return nil
	}
	return err
}

// Wait waits until the container's first process has ended and returns its exit
// status, 128+n if signal n ended it.
func (r *RunningContainer) Wait() (int, error) { return r.process.Wait() }

// Finish records how a container ended that Wait has returned for, or removes
// it if that is what was asked for.
func (r *RunningContainer) Finish(ctx context.Context, exit int) error {
	c := r.Container
	defer c.Release()
	if r.Console != nil {
		r.Console.Close()
	}
	if c.HostConfig.AutoRemove {
		return r.ignoreRemoved(r.engine.discard(ctx, c))
	}
	outOfMemory := r.engine.outOfMemory(c.ID)
	if err := r.engine.forget(c.ID); err != nil {
		return fmt.Errorf("clearing away after container %s: %w", ShortID(c.ID), err)
	}
	c.State.ended(exit, time.Now())
	c.State.OOMKilled = outOfMemory
	return r.ignoreRemoved(c.save(r.engine.dir(c.ID)))
}

// ignoreRemoved forgives an error if somebody removed the container by force in
// the meantime: that is what killed it.
func (r *RunningContainer) ignoreRemoved(err error) error {
	if err != nil {
		if _, gone := os.Lstat(r.engine.dir(r.Container.ID)); gone != nil {
			return nil
		}
	}
	return err
}
