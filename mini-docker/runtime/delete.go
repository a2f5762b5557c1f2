package runtime

import (
	"errors"
	"fmt"
	"os"
	"path"

	"drydock/mini-docker/cgroup"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Kill sends a signal to the container's first process. PID 1 of a namespace
// gets only signals it has a handler for, but SIGKILL from outside always ends
// it. See pid_namespaces(7) and OCI runtime-spec runtime.md, Kill.
func (r *Runtime) Kill(id string, signal unix.Signal) error {
	return r.withProcess(id, func(pidfd int) error {
		err := unix.PidfdSendSignal(pidfd, signal, nil, 0)
		if errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("container %q: %w", id, ErrNotRunning)
		}
		if err == nil && signal == unix.SIGKILL {
			err = r.thaw(id)
		}
		return err
	})
}

// Delete forgets a container that has stopped; with force one that runs is
// killed first. A container that is not there, or is only being created, is an
// error even then.
//
// See OCI runtime-spec runtime.md, Delete.
func (r *Runtime) Delete(id string, force bool) error {
	s, err := r.load(id)
	if err != nil {
		return err
	}
	if s.Status != specs.StateStopped {
		if !force {
			return fmt.Errorf("deleting container %q: %w", id, ErrStillRunning)
		}
		if err := r.killAndWait(id); err != nil && !errors.Is(err, ErrNotRunning) {
			return fmt.Errorf("deleting container %q: %w", id, err)
		}
	}
	return r.forget(s)
}

// forget removes the container's cgroup, and whatever still lives in it, its
// mounts where they do not end by themselves, and then the state: in this order, so that a failure can be tried again.
func (r *Runtime) forget(s state) error {
	group, err := r.cgroupAt(s.Cgroup)
	if err == nil && group != nil {
		err = group.Remove()
		above := path.Dir(s.Cgroup) // that of all containers, or of those of a pod
		if err == nil && (path.Base(above) == allContainers || path.Base(path.Dir(above)) == allContainers) {
			err = group.RemoveParent() // when this was the last
		}
		err = errors.Join(err, cgroup.RemoveEmpty(s.Parents))
	}
	if err != nil {
		return fmt.Errorf("removing the cgroup of container %q: %w", s.ID, err)
	}
	if err := s.Shared.release(); err != nil {
		return fmt.Errorf("removing the mounts of container %q: %w", s.ID, err)
	}
	if err := os.RemoveAll(r.dir(s.ID)); err != nil {
		return err
	}
	r.poststop(s)
	return nil
}

// killAndWait ends the container and returns when its first process is gone. A
// pidfd becomes readable then. See pidfd_open(2).
func (r *Runtime) killAndWait(id string) error {
	return r.withProcess(id, func(pidfd int) error {
		if err := unix.PidfdSendSignal(pidfd, unix.SIGKILL, nil, 0); err != nil {
			return err
		}
		if err := r.thaw(id); err != nil {
			return err
		}
		poll := []unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}
		for {
			if _, err := unix.Poll(poll, -1); err != unix.EINTR {
				return err
			}
		}
	})
}

// withProcess calls act with a pidfd of the container's first process: unlike a
// number it cannot come to mean another process.
func (r *Runtime) withProcess(id string, act func(pidfd int) error) error {
	s, err := r.load(id)
	if err != nil {
		return err
	}
	switch s.Status {
	case specs.StateStopped:
		return fmt.Errorf("container %q: %w", id, ErrNotRunning)
	case specs.StateCreating: // the process is the creator, who has done nothing wrong
		return fmt.Errorf("container %q: %w", id, ErrCreating)
	}
	pidfd, err := unix.PidfdOpen(s.Pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("container %q: %w", id, ErrNotRunning)
	}
	if err != nil {
		return err
	}
	defer unix.Close(pidfd)
	// Only now that the descriptor holds on to a process does its start time
	// tell whether it is the container's.
	if now, err := startTime(s.Pid); err != nil || now != s.StartTime {
		return fmt.Errorf("container %q: %w", id, ErrNotRunning)
	}
	return act(pidfd)
}
