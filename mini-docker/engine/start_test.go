package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
	must(t, running.Finish(t.Context(), exit))
	c, err := e.Inspect(t.Context(), running.Container.ID)
	must(t, err)
	if c.State.Status != Exited || c.State.ExitCode != 7 || exit != 7 || c.State.StartedAt.IsZero() || c.State.FinishedAt.IsZero() {
		t.Errorf("got exit %d and %+v, want 7", exit, c.State)
	}
	must(t, e.Remove(t.Context(), c, false))
	if left, _ := os.ReadDir(e.containers()); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestStreamsAndHostname(t *testing.T) {
	e := newEngine(t)
	read, write, err := os.Pipe()
	must(t, err)
	running := start(t, e, CreateOptions{Args: []string{"prog", "hostname"}, Hostname: "demo", AutoRemove: true}, Attachment{Stdout: write})
	write.Close()
	text, err := io.ReadAll(read)
	must(t, err)
	exit, err := running.Wait()
	must(t, errors.Join(err, running.Finish(t.Context(), exit)))
	if string(text) != "demo\n" {
		t.Errorf("got %q, want demo", text)
	}
	for _, dir := range []string{e.containers(), e.names(), e.rootfs()} {
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
		if c, err = e.Inspect(t.Context(), c.ID); err != nil || c.State.Status != Created || c.State.ExitCode != StartExit(want) {
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
	must(t, errors.Join(err, running.Finish(t.Context(), exit), <-removed))
	if _, err := e.Inspect(t.Context(), c.ID); !errors.Is(err, ErrNotExist) || exit != 137 {
		t.Errorf("got exit %d and %v, want 137 and ErrNotExist", exit, err)
	}
}

// runOne is what TestKilledOwner kills: a process that runs a container.
func runOne(root string) int {
	e, err := Open(Options{Root: root, RunDir: filepath.Join(root, "run")})
	if err != nil {
		return 1
	}
	c, err := e.Create(context.Background(), CreateOptions{Image: testImage, Name: "orphan", Args: []string{"prog", "wait"}})
	if err != nil {
		return 1
	}
	running, err := e.Start(context.Background(), c, Attachment{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	fmt.Println(running.Container.State.Pid)
	running.Wait()
	return 0
}

func TestAContainerWhoseOwnerWasKilledHasEnded(t *testing.T) {
	e := newEngine(t)
	owner := exec.Command("/proc/self/exe")
	owner.Env = append(os.Environ(), "ENGINE_TEST_RUN="+e.root)
	var stderr bytes.Buffer
	owner.Stderr = &stderr
	stdout, err := owner.StdoutPipe()
	must(t, err)
	must(t, owner.Start())
	var pid int
	if _, err := fmt.Fscanln(stdout, &pid); err != nil {
		owner.Wait()
		t.Skipf("this machine lets us make no containers: %s", stderr.String())
	}
	must(t, owner.Process.Kill())
	owner.Wait()

	var c *Container
	for deadline := time.Now().Add(time.Minute); ; {
		c, err = e.Find(t.Context(), "orphan")
		must(t, err)
		if !c.State.Running || time.Now().After(deadline) {
			break
		}
	}
	if c.State.Status != Exited || c.State.ExitCode != 137 {
		t.Fatalf("got %+v, want exited with 137", c.State)
	}
	// It may be a zombie still, if whoever inherited it takes their time.
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err == nil && !strings.Contains(string(stat), ") Z ") && strings.Contains(string(stat), "prog") {
		t.Errorf("the container's process still runs: %s", stat)
	}
	must(t, e.Remove(t.Context(), c, false))
}
