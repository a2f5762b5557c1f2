package runtime_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"drydock/mini-docker/cgroup"
	"drydock/mini-docker/runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// somePids is a limit that nobody reaches, so that there is a cgroup.
func somePids() *specs.LinuxResources {
	limit := int64(100)
	return &specs.LinuxResources{Pids: &specs.LinuxPids{Limit: &limit}}
}

// stranger starts a process in a cgroup that the runtime has not made.
func stranger(t *testing.T, path string) (wantAlive func()) {
	t.Helper()
	group, err := cgroup.New(path)
	must(t, err)
	must(t, group.Create(somePids()))
	process := exec.Command("sleep", "600")
	must(t, process.Start())
	must(t, group.Add(process.Process.Pid))
	t.Cleanup(func() {
		process.Process.Kill()
		process.Wait()
		must(t, group.Remove())
	})
	return func() {
		t.Helper()
		if stats, err := group.Stats(); err != nil || stats.Processes == 0 {
			t.Errorf("the stranger is gone: its cgroup holds %+v, %v", stats, err)
		}
	}
}

func TestACgroupOfStrangersIsLeftAlone(t *testing.T) {
	withGroup := withLimits(t, somePids())
	path := fmt.Sprintf("/drydock-test-%d", os.Getpid())
	wantAlive := stranger(t, path)
	for _, change := range []func(*specs.Spec){
		func(*specs.Spec) {},
		func(s *specs.Spec) { s.Process.Cwd = "/text" }, // fails later
	} {
		bundle := newBundle(t, []string{"exit", "0"}, withGroup, change)
		_, err := tryRun(t, bundle)
		if err == nil || !strings.Contains(err.Error(), "is there already") {
			t.Errorf("got %v, want that the cgroup is there already", err)
		}
		runtime.New(filepath.Join(bundle, "state")).Delete("one", true)
		wantAlive()
	}
}

func TestTheSameIDElsewhereIsAnotherContainer(t *testing.T) {
	id := fmt.Sprintf("drydock-test-%d", os.Getpid())
	change := withLimits(t, somePids())
	unnamed := func(s *specs.Spec) { s.Linux.CgroupsPath = "" }
	first, second := newBundle(t, []string{"hang"}, change, unnamed), newBundle(t, []string{"hang"}, change, unnamed)
	r := runtime.New(filepath.Join(first, "state"))
	process, err := r.Create(t.Context(), runtime.CreateOptions{ID: id, Bundle: first})
	must(t, err)
	must(t, r.Start(t.Context(), id))
	other := runtime.New(filepath.Join(second, "state"))
	if _, err := other.Create(t.Context(), runtime.CreateOptions{ID: id, Bundle: second}); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("got %v, want that the cgroup is there already", err)
	}
	other.Delete(id, true)
	if s, err := r.State(id); err != nil || s.Status != specs.StateRunning {
		t.Errorf("the first container: got %s, %v; want that it runs", s.Status, err)
	}
	must(t, r.Delete(id, true))
	process.Wait()
	wantNoCgroups(t)
}

func TestWhatIsMadeAboveACgroupIsRemovedAgain(t *testing.T) {
	limited := withLimits(t, somePids())
	top := fmt.Sprintf("/drydock-test-%d", os.Getpid())
	deep := func(s *specs.Spec) { limited(s); s.Linux.CgroupsPath = top + "/a/b/c" }
	if got := run(t, newBundle(t, []string{"exit", "0"}, deep)); got.exit != 0 || got.err != nil {
		t.Fatalf("got %+v", got)
	}
	wantNoCgroups(t)
	// What was there before stays.
	kept, err := cgroup.New(top)
	must(t, err)
	must(t, kept.Create(somePids()))
	if got := run(t, newBundle(t, []string{"exit", "0"}, deep)); got.exit != 0 || got.err != nil {
		t.Fatalf("got %+v", got)
	}
	if _, err := kept.Stats(); err != nil {
		t.Errorf("a cgroup that was there before: %v", err)
	}
	must(t, kept.Remove())
	wantNoCgroups(t)
}

// A container that is only being created has no process of its own, and its
// creator is not to be killed for it.
func TestWhoCreatesAContainerIsNotKilledForIt(t *testing.T) {
	bundle := newBundle(t, []string{"hang"}, variants["user"])
	r := runtime.New(filepath.Join(bundle, "state"))
	var told []error
	_, err := r.Create(t.Context(), runtime.CreateOptions{ID: "one", Bundle: bundle, Spec: specOf(t, bundle),
		Save: func([]byte) error {
			s, err := r.State("one")
			if s.Status != specs.StateCreating || s.Pid != 0 {
				t.Errorf("state: got %s, process %d, %v; want creating and none", s.Status, s.Pid, err)
			}
			told = append(told, r.Kill("one", unix.SIGKILL), r.Delete("one", true), r.Delete("one", false))
			return nil
		}})
	must(t, err)
	for _, err := range told {
		if err == nil || !strings.Contains(err.Error(), runtime.ErrCreating.Error()) && !strings.Contains(err.Error(), runtime.ErrStillRunning.Error()) {
			t.Errorf("got %v, want %v", err, runtime.ErrCreating)
		}
	}
	if len(told) != 3 {
		t.Errorf("the world is not alive: told %d times", len(told))
	}
	must(t, r.Delete("one", true))
}

// specOf reads config.json of a bundle.
func specOf(t *testing.T, bundle string) *specs.Spec {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(bundle, "config.json"))
	must(t, err)
	spec := new(specs.Spec)
	must(t, json.Unmarshal(text, spec))
	return spec
}
