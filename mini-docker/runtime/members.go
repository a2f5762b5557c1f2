package runtime

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"drydock/mini-docker/namespace"

	"golang.org/x/sys/unix"
)

// Processes are the numbers, outside, of all processes in a container that runs,
// its first one in front: those that are in its PID namespace, or where that is
// not its own, the first process and all below it.
func (r *Runtime) Processes(id string) (list []int, err error) {
	s, err := r.load(id)
	if err != nil {
		return nil, err
	}
	if s.Pid == 0 {
		return nil, fmt.Errorf("container %q: %w", id, ErrNotRunning)
	}
	own, err := namespace.ID(0, namespace.PID)
	if err != nil {
		return nil, err
	}
	theirs, err := namespace.ID(s.Pid, namespace.PID)
	if err != nil {
		return nil, fmt.Errorf("looking at the container's first process: %w", err)
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	list = []int{s.Pid}
	for _, entry := range entries { // by number: a child mostly has a higher one
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == s.Pid {
			continue
		}
		if own != theirs {
			if id, err := namespace.ID(pid, namespace.PID); err == nil && id == theirs {
				list = append(list, pid)
			}
			continue
		}
		if parent, err := parentPID(pid); err == nil && slices.Contains(list, parent) {
			list = append(list, pid)
		}
	}
	return list, nil
}

// parentPID reads a process's parent. See proc(5), /proc/pid/status.
func parentPID(pid int) (parent int, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if n, _ := fmt.Sscanf(line, "PPid:%d", &parent); n == 1 {
			return parent, nil
		}
	}
	return 0, errors.New("no PPid")
}

// KillAll sends a signal to every process of the container. One that ends
// meanwhile is no error, nor are those that are born meanwhile and get none.
func (r *Runtime) KillAll(id string, signal unix.Signal) error {
	pids, err := r.Processes(id)
	if err != nil {
		return err
	}
	for _, pid := range pids {
		if err := unix.Kill(pid, signal); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("sending %s to process %d: %w", unix.SignalName(signal), pid, err)
		}
	}
	if signal == unix.SIGKILL {
		return r.thaw(id)
	}
	return nil
}
