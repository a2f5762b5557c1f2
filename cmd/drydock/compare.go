package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"

	"drydock/labs/see"
	"drydock/labs/see/drawing"
	"drydock/labs/world"
)

// compare tells two containers or processes apart.
func (t *tutor) compare(ctx context.Context, which [2]string, f seeFlags) error {
	var pids [2]int
	var names [2]string
	for i, each := range which {
		pid, err := t.firstProcess(ctx, each)
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
func (t *tutor) firstProcess(ctx context.Context, meant string) (int, error) {
	if pid, err := strconv.Atoi(meant); err == nil {
		return pid, nil
	}
	engine, err := t.engine()
	if err != nil {
		return 0, err
	}
	inspect := exec.CommandContext(ctx, engine, "inspect", "--type", "container", "--format", "{{.State.Pid}}", "--", meant)
	var said strings.Builder
	inspect.Stderr = &said
	printed, err := inspect.Output()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return 0, errors.New(strings.TrimPrefix(strings.TrimSpace(said.String()), "mini-docker: "))
	}
	if err != nil {
		return 0, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(printed)))
	if err == nil && pid == 0 {
		err = fmt.Errorf("container %s does not run: there is no process to look at", meant)
	}
	return pid, err
}

// engine is the path of the mini-docker whose containers are meant: inside of a
// sandbox the one that is there.
func (t *tutor) engine() (string, error) {
	if isInside() {
		return exec.LookPath("mini-docker")
	}
	m, err := t.learner().Machine()
	if err == nil && !m.HasEngine() {
		err = world.ErrNoEngine
	}
	return m.MiniDocker, err
}
