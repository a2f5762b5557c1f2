package engine

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"drydock/mini-docker/namespace"
)

// Processes are the numbers, outside, of all processes in a container: those that
// are in its PID namespace, or where that is not its own, the first process and
// all below it.
func (e *Engine) Processes(c *Container) ([]int, error) {
	if !c.State.Running {
		return nil, invalidf("container %s is not running", c.ID)
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	own := c.HostConfig.PidMode == "" || c.HostConfig.PidMode == modePrivate
	theirs, err := namespace.ID(c.State.Pid, namespace.PID)
	if err != nil {
		return nil, fmt.Errorf("looking at the container's first process: %w", err)
	}
	list := []int{c.State.Pid}
	for _, entry := range entries { // by number: a child mostly has a higher one
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == c.State.Pid {
			continue
		}
		if own {
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
