package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/runtime"
	"drydock/mini-docker/security"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// ExecOptions says what is to be executed in a container that runs.
type ExecOptions struct {
	Args       []string
	Env        []string
	User       string // the container's own if empty
	WorkingDir string // the container's own if empty
	TTY        bool
	Privileged bool

	Stdin, Stdout, Stderr *os.File // nil is /dev/null; a terminal takes their place

	ConsoleSize *specs.Box // in characters; the terminal's first size, if known
}

// Exec executes a further command in a container that runs. It is this process's
// child: whoever wants to know how it ended waits for it.
//
// The error wraps runtime.ErrCommandNotFound or runtime.ErrCommandNotExecutable
// if it is the command's fault.
func (e *Engine) Exec(ctx context.Context, c *container.Container, o ExecOptions) (*runtime.Process, error) {
	switch {
	case c.State.Paused:
		return nil, invalidf("Container %s is paused, unpause the container before exec", c.PlainName())
	case !c.State.Running:
		return nil, invalidf("container %s is not running", c.ID)
	}
	process, err := e.execProcess(c, o)
	if err != nil {
		return nil, err
	}
	started, err := e.runtime.Exec(ctx, runtime.ExecOptions{
		ID: c.ID, Process: process, Stdin: o.Stdin, Stdout: o.Stdout, Stderr: o.Stderr,
	})
	if errors.Is(err, runtime.ErrNotRunning) {
		return nil, invalidf("container %s is not running", c.ID)
	}
	return started, err
}

// execProcess puts the command together: what is not asked for otherwise is as it
// is for the container's own.
func (e *Engine) execProcess(c *container.Container, o ExecOptions) (*specs.Process, error) {
	text, err := os.ReadFile(e.containers.Bundle(c.ID))
	if err != nil {
		return nil, fmt.Errorf("reading how the container was started: %w", err)
	}
	var spec specs.Spec
	if err := json.Unmarshal(text, &spec); err != nil || spec.Process == nil {
		return nil, fmt.Errorf("reading how the container was started: %w", err)
	}
	request := e.request(c, bundle.ThisHost(), nil)
	request.Args, request.Terminal = o.Args, o.TTY
	request.Env = bundle.MergeEnv(c.Config.Env, o.Env)
	if o.User != "" {
		request.User = o.User
	}
	if o.WorkingDir != "" {
		request.WorkingDir = o.WorkingDir
	}
	process, err := bundle.Process(request)
	if err != nil {
		return nil, err
	}
	process.ConsoleSize = o.ConsoleSize
	process.Capabilities = spec.Process.Capabilities
	process.Rlimits, process.NoNewPrivileges = spec.Process.Rlimits, spec.Process.NoNewPrivileges
	process.OOMScoreAdj = spec.Process.OOMScoreAdj
	if o.Privileged {
		all, err := security.Bounding()
		if err != nil {
			return nil, err
		}
		process.Capabilities = &specs.LinuxCapabilities{Bounding: all, Effective: all, Permitted: all}
	}
	return process, nil
}
