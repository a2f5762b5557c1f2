package engine

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"drydock/mini-docker/engine/container"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// layerOne is a program that executes a step of a build. It is killed before there is
// a layer to keep.
func layerOne(e *Engine, args []string) int {
	layers, err := filepath.Glob(filepath.Join(e.root, "layers", "*"))
	if err != nil {
		return 1
	}
	_, _, err = e.RunLayer(context.Background(), nil, RunOptions{
		Base: Base{Layers: layers, Config: &v1.ConfigFile{}}, Args: append([]string{"prog"}, args...), Env: []string{"PATH=/bin"}, Network: "none", Stdout: os.Stdout,
	})
	if err != nil {
		return 3
	}
	return 0
}

// The container of a build's step outlives a build that is killed, until the next one
// sweeps; one whose build goes on stays.
func TestTheContainerOfABuildThatWasKilledIsRemoved(t *testing.T) {
	e := newEngine(t)
	build := func() (*exec.Cmd, string) {
		program := exec.Command("/proc/self/exe", "layer", "greet")
		program.Env = append(os.Environ(), "ENGINE_TEST_RUN="+e.root)
		program.Stderr = os.Stderr
		out, err := program.StdoutPipe()
		must(t, err)
		must(t, program.Start())
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "hello\n" {
			t.Fatalf("the step says %q, %v", line, err)
		}
		list, err := e.List(t.Context())
		must(t, err)
		return program, list[0].ID // the newest
	}
	dead, killed := build()
	must(t, dead.Process.Kill())
	dead.Wait()
	alive, stays := build()
	must(t, e.SweepBuilds(t.Context()))
	list, err := e.List(t.Context())
	must(t, err)
	if len(list) != 1 || list[0].ID != stays || !list[0].State.Running {
		t.Errorf("got %d containers, want %s alone, and not %s", len(list), container.ShortID(stays), container.ShortID(killed))
	}
	must(t, alive.Process.Kill())
	alive.Wait()
	must(t, e.SweepBuilds(t.Context()))
	if left, err := filepath.Glob(filepath.Join(e.run, runPrefix+"*")); len(left) != 0 || err != nil {
		t.Errorf("left %v, %v", left, err)
	}
	// Their shims remove them too, and may be at it still.
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		left, err := os.ReadDir(e.containers.Folder())
		must(t, err)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("left %v", left)
		}
	}
}
