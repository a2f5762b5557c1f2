package runtime

//lint:file-ignore SA1019 prestart hooks are deprecated, and written all the same

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"strings"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Hooks are programs that config.json has run at turns of a container's life, each
// with the container's state on its standard input:
//
//	create   prestart, createRuntime   by the creator, before the root is exchanged
//	         createContainer           by the first process, at the same time
//	start    startContainer            by the first process, as the command's user
//	         poststart                 by whoever starts, when the command runs
//	delete   poststop                  by whoever deletes, when all is gone
//
// One that fails ends the container, but for poststop, of which is warned. See OCI
// runtime-spec config.md, POSIX-platform Hooks, and runtime.md, Lifecycle.

// checkHooks refuses hooks that could not be run.
func checkHooks(h *specs.Hooks) error {
	if h == nil {
		return nil
	}
	for kind, hooks := range map[string][]specs.Hook{
		"prestart": h.Prestart, "createRuntime": h.CreateRuntime, "createContainer": h.CreateContainer,
		"startContainer": h.StartContainer, "poststart": h.Poststart, "poststop": h.Poststop,
	} {
		for _, each := range hooks {
			if !path.IsAbs(each.Path) {
				return fmt.Errorf("hooks.%s: the path %q has to be absolute", kind, each.Path)
			}
			if each.Timeout != nil && *each.Timeout <= 0 {
				return fmt.Errorf("hooks.%s: the timeout of %s is %d: it has to be a number of seconds", kind, each.Path, *each.Timeout)
			}
		}
	}
	return nil
}

// runHooks runs hooks one after the other. The first that fails is the last.
func runHooks(kind string, hooks []specs.Hook, state specs.State) error {
	for _, each := range hooks {
		if err := runHook(each, state); err != nil {
			return fmt.Errorf("the %s hook %s: %w", kind, each.Path, err)
		}
	}
	return nil
}

// runHook runs one, with its own environment and no other, and waits for it. What
// it prints shows only if it fails.
func runHook(hook specs.Hook, state specs.State) error {
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	ctx := context.Background()
	if hook.Timeout != nil {
		var cancel context.CancelFunc
		limit := time.Duration(*hook.Timeout) * time.Second
		ctx, cancel = context.WithTimeoutCause(ctx, limit, fmt.Errorf("still running after %s", limit))
		defer cancel()
	}
	var output bytes.Buffer
	command := exec.CommandContext(ctx, hook.Path)
	command.WaitDelay = time.Second // for the output: what it leaves running may hold it
	command.Stdin, command.Stdout, command.Stderr = bytes.NewReader(text), &output, &output
	command.Env = hook.Env
	if command.Env == nil {
		command.Env = []string{} // nil would be our own
	}
	if len(hook.Args) > 0 {
		command.Args = hook.Args
	}
	err = command.Run()
	switch said := strings.TrimSpace(output.String()); {
	case errors.Is(err, exec.ErrWaitDelay): // it has ended, and well
		return nil
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil && said != "":
		return fmt.Errorf("%w: %s", err, said)
	}
	return err
}

// initHooks is what the first process must know of hooks.
type initHooks struct {
	State                           specs.State
	Prestart                        bool // the creator has some to run
	CreateContainer, StartContainer []specs.Hook
}

// hooksFor packs it, as text: most containers have none, and prepare for none.
func hooksFor(s state, h *specs.Hooks) (json.RawMessage, error) {
	if h == nil {
		return nil, nil
	}
	hooks := initHooks{
		State: s.State, Prestart: len(h.Prestart)+len(h.CreateRuntime) > 0,
		CreateContainer: h.CreateContainer, StartContainer: h.StartContainer,
	}
	return json.Marshal(hooks)
}

// hooks unpacks it.
func (c *container) hooks() (h initHooks, err error) {
	if len(c.request.Hooks) > 0 {
		err = json.Unmarshal(c.request.Hooks, &h)
	}
	h.State.Pid = os.Getpid() // as the container counts
	return h, err
}

// createHooks has the creator run its hooks, and then runs those of the container.
func (c *container) createHooks() error {
	h, err := c.hooks()
	if err != nil {
		return err
	}
	if h.Prestart {
		if err := c.ask(initReply{Hooks: true}); err != nil {
			return err
		}
	}
	return runHooks("createContainer", h.CreateContainer, h.State)
}

// startHooks runs the hooks before the command, with no more rights than it has:
// their programs are the image's.
func (c *container) startHooks() error {
	h, err := c.hooks()
	if err != nil {
		return err
	}
	h.State.Status = specs.StateCreated
	return runHooks("startContainer", h.StartContainer, h.State)
}

// creatorHooks returns what runs the creator's hooks.
func creatorHooks(s state, h *specs.Hooks, pid int) func() error {
	return func() error {
		if h == nil {
			return nil
		}
		s.Pid = pid
		if err := runHooks("prestart", h.Prestart, s.State); err != nil {
			return err
		}
		return runHooks("createRuntime", h.CreateRuntime, s.State)
	}
}

// laterHooks are those that are remembered with the container's state.
func laterHooks(h *specs.Hooks) *specs.Hooks {
	if h == nil || len(h.Poststart)+len(h.Poststop) == 0 {
		return nil
	}
	return &specs.Hooks{Poststart: h.Poststart, Poststop: h.Poststop}
}

// poststart runs the hooks when the command runs, and ends it if one fails.
func (r *Runtime) poststart(s state) error {
	if s.Hooks == nil {
		return nil
	}
	s.Status = specs.StateRunning
	err := runHooks("poststart", s.Hooks.Poststart, s.State)
	if err != nil {
		err = errors.Join(err, r.killAndWait(s.ID))
	}
	return err
}

// poststop runs the hooks when the container is gone: all of them, since nothing
// can be stopped any more.
func (r *Runtime) poststop(s state) {
	if s.Hooks == nil {
		return
	}
	s.Status, s.Pid = specs.StateStopped, 0
	for _, each := range s.Hooks.Poststop {
		if err := runHook(each, s.State); err != nil {
			r.warn("the poststop hook %s: %v", each.Path, err)
		}
	}
}
