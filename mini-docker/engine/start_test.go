package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/dirs"
	"drydock/mini-docker/format"
	"drydock/mini-docker/runtime"

	"golang.org/x/sys/unix"
)

// start runs a container of prog, or skips the test where that cannot be.
func start(t *testing.T, e *Engine, o CreateOptions, a Attachment) *RunningContainer {
	t.Helper()
	o.Image = testImage
	c, err := e.Create(t.Context(), o)
	must(t, err)
	running, err := e.Start(t.Context(), c, a)
	if errors.Is(err, unix.EPERM) {
		t.Skipf("this machine lets us make no containers: %v", err)
	}
	must(t, err)
	return running
}

func TestExitStatusIsRemembered(t *testing.T) {
	e := newEngine(t)
	running := start(t, e, CreateOptions{Args: []string{"prog", "exit", "7"}}, Attachment{})
	exit, err := running.Wait()
	must(t, err)
	must(t, running.Finish(t.Context()))
	c, err := e.Inspect(t.Context(), running.Container.ID)
	must(t, err)
	if c.State.Status != container.Exited || c.State.ExitCode != 7 || exit != 7 || c.State.StartedAt.IsZero() || c.State.FinishedAt.IsZero() {
		t.Errorf("got exit %d and %+v, want 7", exit, c.State)
	}
	must(t, e.Remove(t.Context(), c, false))
	if left, _ := os.ReadDir(e.containers.Folder()); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestStreamsAndHostname(t *testing.T) {
	e := newEngine(t)
	var text strings.Builder
	running := start(t, e, CreateOptions{Args: []string{"prog", "hostname"}, Hostname: "demo", AutoRemove: true}, Attachment{Stdout: &text})
	_, err := running.Wait()
	must(t, errors.Join(err, running.Finish(t.Context())))
	if text.String() != "demo\n" {
		t.Errorf("got %q, want demo", text.String())
	}
	for _, dir := range []string{e.containers.Folder(), filepath.Join(e.root, "names"), e.rootfs()} {
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("--rm left in %s: %v", dir, left)
		}
	}
}

func TestCommandsThatCannotRun(t *testing.T) {
	e := newEngine(t)
	for command, want := range map[string]error{
		"nosuch": runtime.ErrCommandNotFound, "/bin/nosuch": runtime.ErrCommandNotFound,
		"/bin/data": runtime.ErrCommandNotExecutable, "/etc": runtime.ErrCommandNotExecutable,
	} {
		c, err := e.Create(t.Context(), CreateOptions{Image: testImage, Args: []string{command}})
		must(t, err)
		_, err = e.Start(t.Context(), c, Attachment{})
		if errors.Is(err, unix.EPERM) {
			t.Skipf("this machine lets us make no containers: %v", err)
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", command, err, want)
		}
		if c, err = e.Inspect(t.Context(), c.ID); err != nil || c.State.Status != container.Created || c.State.ExitCode != StartExit(want) {
			t.Errorf("%s: got %v and %+v, want created", command, err, c.State)
		}
	}
}

func TestARunningContainerIsRemovedByForceOnly(t *testing.T) {
	e := newEngine(t)
	running := start(t, e, CreateOptions{Args: []string{"prog", "wait"}}, Attachment{})
	c, err := e.Inspect(t.Context(), running.Container.ID)
	must(t, err)
	if !c.State.Running || c.State.Pid == 0 {
		t.Fatalf("got %+v, want a running container", c.State)
	}
	if err := e.Remove(t.Context(), c, false); !errors.Is(err, ErrRunning) {
		t.Fatalf("got %v, want ErrRunning", err)
	}
	removed := make(chan error)
	go func() { removed <- e.Remove(context.Background(), c, true) }()
	exit, err := running.Wait()
	must(t, errors.Join(err, running.Finish(t.Context()), <-removed))
	if _, err := e.Inspect(t.Context(), c.ID); !errors.Is(err, container.ErrNotExist) || exit != 137 {
		t.Errorf("got exit %d and %v, want 137 and ErrNotExist", exit, err)
	}
}

func TestAContainerWhoseShimWasKilledHasEnded(t *testing.T) {
	e := newEngine(t)
	running := start(t, e, CreateOptions{Name: "orphan", Args: []string{"prog", "wait"}}, Attachment{})
	pid := running.Container.State.Pid
	must(t, running.Leave())
	must(t, unix.Kill(parentOf(t, pid), unix.SIGKILL))

	c := awaitStatus(t, e, "orphan", container.Exited)
	if c.State.ExitCode != 137 || !strings.Contains(c.State.Error, "shim was killed") {
		t.Fatalf("got %+v, want exited with 137", c.State)
	}
	// It may be a zombie still, if whoever inherited it takes their time.
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err == nil && !strings.Contains(string(stat), ") Z ") && strings.Contains(string(stat), "prog") {
		t.Errorf("the container's process still runs: %s", stat)
	}
	must(t, e.Remove(t.Context(), c, false))
}

func TestAContainerOutlivesWhoStartedIt(t *testing.T) {
	e := newEngine(t)
	running := start(t, e, CreateOptions{Name: "lasting", Args: []string{"prog", "wait"}}, Attachment{})
	must(t, running.Leave())
	c := awaitStatus(t, e, "lasting", container.Running)
	if shim := parentOf(t, c.State.Pid); shim == os.Getpid() {
		t.Error("this process is the container's parent, and not a shim")
	}
	must(t, e.Stop(t.Context(), c, StopOptions{Signal: unix.SIGKILL, Timeout: -1}))
	if c = awaitStatus(t, e, "lasting", container.Exited); c.State.ExitCode != 137 || c.State.Error != "" || c.State.FinishedAt.IsZero() {
		t.Errorf("got %+v, want exited with 137", c.State)
	}
}

func TestAContainerIsStartedAgain(t *testing.T) {
	e := newEngine(t)
	running := start(t, e, CreateOptions{Name: "again", Args: []string{"prog", "exit", "3"}}, Attachment{})
	must(t, running.Leave())
	first := awaitStatus(t, e, "again", container.Exited)
	owned, err := e.Own(t.Context(), first)
	must(t, err)
	running, err = e.Start(t.Context(), owned, Attachment{})
	must(t, err)
	exit, err := running.Wait()
	must(t, errors.Join(err, running.Finish(t.Context())))
	second := awaitStatus(t, e, "again", container.Exited)
	if exit != 3 || second.State.ExitCode != 3 || !second.State.StartedAt.After(first.State.StartedAt) {
		t.Errorf("got exit %d, %+v after %+v", exit, second.State, first.State)
	}
}

func TestAContainerThatAPowerCutEndedHasEnded(t *testing.T) {
	e := newEngine(t)
	running := start(t, e, CreateOptions{Name: "dark", Args: []string{"prog", "wait"}}, Attachment{})
	must(t, running.Leave())
	must(t, unix.Kill(parentOf(t, running.Container.State.Pid), unix.SIGKILL))
	// What does not survive a reboot. The cgroup would not either, and does here: it
	// is removed by what the runtime knew of it.
	aside := e.states + ".before"
	must(t, os.Rename(e.states, aside))
	t.Cleanup(func() {
		must(t, errors.Join(os.RemoveAll(e.states), os.Rename(aside, e.states), e.forget(running.Container.ID)))
	})
	if c := awaitStatus(t, e, "dark", container.Exited); c.State.ExitCode != 137 {
		t.Errorf("got %+v, want exited with 137", c.State)
	}
}

func TestAStoreOfANewerFormatIsRefusedByName(t *testing.T) {
	e := newEngine(t)
	create(t, e, "some")
	list, err := e.List(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("got %v, %v; want one container", list, err)
	}
	again, err := Open(dirs.Dirs{Root: e.root, RunDir: filepath.Join(e.root, "run")})
	must(t, err)
	must(t, os.WriteFile(e.containers.Folder()+".format", []byte("3\n"), 0o600))
	var refused *format.Error
	if _, err := again.List(t.Context()); !errors.As(err, &refused) || refused.Found != "3" {
		t.Errorf("got %v, want that format 3 is refused", err)
	}
	must(t, os.Remove(e.containers.Folder()+".format")) // as an older program leaves it
	again, err = Open(dirs.Dirs{Root: e.root, RunDir: filepath.Join(e.root, "run")})
	must(t, err)
	if list, err := again.List(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("an older store: got %v, %v", list, err)
	}
	if text, err := os.ReadFile(e.containers.Folder() + ".format"); err != nil || string(text) != "2\n" {
		t.Errorf("got %q, %v; want that it was brought up", text, err)
	}
}

// awaitStatus waits until the container is as it should be.
func awaitStatus(t *testing.T, e *Engine, name string, want container.Status) *container.Container {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		c, err := e.Find(t.Context(), name)
		must(t, err)
		if c.State.Status == want {
			return c
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: got %+v, want %s", name, c.State, want)
		}
	}
}

// parentOf reads a process's parent. See proc(5), /proc/pid/stat.
func parentOf(t *testing.T, pid int) (parent int) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	must(t, err)
	var state string
	_, err = fmt.Sscan(string(text[strings.LastIndexByte(string(text), ')')+1:]), &state, &parent)
	must(t, err)
	return parent
}
