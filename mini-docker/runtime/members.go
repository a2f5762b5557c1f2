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
// another container's or the machine's, the first process and all below it.
func (r *Runtime) Processes(id string) (list []int, err error) {
	s, err := r.load(id)
	if err != nil {
		return nil, err
	}
	if s.Pid == 0 {
		return nil, fmt.Errorf("container %q: %w", id, ErrNotRunning)
	}
	isOwn, err := isFirst(s.Pid)
	if err != nil {
		return nil, fmt.Errorf("looking at the container's first process: %w", err)
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
		if isOwn {
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

// parentPID reads a process's parent.
func parentPID(pid int) (int, error) {
	fields, err := statusOfProcess(pid, "PPid:")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(fields[0])
}

// isFirst says whether a process is number 1 in its PID namespace, which then was
// made for it. The last of its numbers is the one it has there.
func isFirst(pid int) (bool, error) {
	fields, err := statusOfProcess(pid, "NSpid:")
	return err == nil && fields[len(fields)-1] == "1", err
}

// statusOfProcess reads a line of /proc/pid/status: see proc_pid_status(5).
func statusOfProcess(pid int, label string) (fields []string, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, label); ok && strings.TrimSpace(rest) != "" {
			return strings.Fields(rest), nil
		}
	}
	return nil, fmt.Errorf("process %d has no %s", pid, label)
}

// KillAll sends a signal to every process of the container. One that ends
// meanwhile is no error, nor are those that are born meanwhile and get none.
func (r *Runtime) KillAll(id string, signal unix.Signal) error {
	pids, err := r.Processes(id)
	if err != nil {
		return err
	}
	var held []*os.File
	for _, pid := range pids {
		if fd, err := unix.PidfdOpen(pid, 0); err == nil {
			file := os.NewFile(uintptr(fd), fmt.Sprint("process ", pid))
			defer file.Close()
			held = append(held, file)
		} else {
			held = append(held, nil) // it has ended
		}
	}
	// A number that came to mean another process before it was held does so no more.
	still, err := r.Processes(id)
	if err != nil {
		return err
	}
	for i, file := range held {
		if file == nil || !slices.Contains(still, pids[i]) {
			continue
		}
		err := unix.PidfdSendSignal(int(file.Fd()), signal, nil, 0)
		if err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("sending %s to %s: %w", unix.SignalName(signal), file.Name(), err)
		}
	}
	if signal == unix.SIGKILL {
		return r.thaw(id)
	}
	return nil
}
