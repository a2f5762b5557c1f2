package main

import (
	"context"
	"fmt"
	"strconv"

	"drydock/labs/see"
	"drydock/labs/see/drawing"
	"drydock/mini-docker/engine"
)

// compare tells two containers or processes apart.
func (t *tutor) compare(ctx context.Context, which [2]string, f seeFlags) error {
	var pids [2]int
	var names [2]string
	for i, each := range which {
		pid, err := firstProcess(ctx, each)
		if err != nil {
			return err
		}
		pids[i], names[i] = pid, each
		if strconv.Itoa(pid) != each {
			names[i] = fmt.Sprintf("%s (%d)", each, pid)
		}
	}
	found, err := see.Compare(ctx, pids[0], pids[1])
	if err != nil {
		return err
	}
	if f.asJSON {
		return t.asJSON(map[string]any{"a": pids[0], "b": pids[1], "aspects": found})
	}
	return drawing.Compare(t.out, names, found, t.drawn(f))
}

// firstProcess is the process that is meant by its number, or by the name or the
// id of the container whose first it is.
func firstProcess(ctx context.Context, meant string) (int, error) {
	if pid, err := strconv.Atoi(meant); err == nil {
		return pid, nil
	}
	e, err := engine.Open(engine.Locate(""))
	if err != nil {
		return 0, err
	}
	c, err := e.Find(ctx, meant)
	if err != nil {
		return 0, err
	}
	if c.State.Pid == 0 {
		return 0, fmt.Errorf("container %s does not run: there is no process to look at", meant)
	}
	return c.State.Pid, nil
}
