package runtime_test

//lint:file-ignore SA1019 prestart hooks are deprecated, and written all the same

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"drydock/mini-docker/runtime"
	"drydock/testscripts/wait"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// actAsHook writes down what a hook is told, and fails if it is to.
func actAsHook(file, kind string, fails bool) int {
	var state specs.State
	if err := json.NewDecoder(os.Stdin).Decode(&state); err != nil {
		fmt.Println(err)
		return 9
	}
	log, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		fmt.Println(err)
		return 9
	}
	defer log.Close()
	// What the caller of the engine had open is nothing to the image's programs.
	for fd := range 64 {
		if _, err := os.Stat(fmt.Sprintf("/proc/1/fd/%d/leaked", fd)); err == nil {
			fmt.Fprintln(log, kind, "reaches what is open as", fd)
		}
	}
	isFirst := state.Pid == 1
	hasBundle := filepath.IsAbs(state.Bundle) && state.Annotations["mark"] == "yes"
	fmt.Fprintln(log, kind, state.ID, state.Status, "pid", state.Pid != 0, isFirst, hasBundle, strings.Join(os.Environ(), ","))
	if fails {
		fmt.Println("this hook fails")
		return 7
	}
	return 0
}

// withHooks gives a container two hooks of each kind. The kind that is named
// fails.
func withHooks(bundle, failing string) func(*specs.Spec) {
	return func(s *specs.Spec) {
		self := filepath.Join(bundle, "rootfs/command")
		hook := func(path, folder, kind string) []specs.Hook {
			action := "hook"
			if kind == failing {
				action = "failing-hook"
			}
			one := specs.Hook{Path: path, Args: []string{"/command", action, filepath.Join(folder, "log"), kind + "-1"}, Env: []string{"HOOK=" + kind}}
			two := one
			two.Args, two.Env = slices.Clone(one.Args), nil // which is none, not the caller's
			two.Args[3] = kind + "-2"
			return []specs.Hook{one, two}
		}
		outside := filepath.Join(bundle, "rootfs/tmp")
		s.Annotations = map[string]string{"mark": "yes"}
		s.Hooks = &specs.Hooks{
			Prestart: hook(self, outside, "prestart"), CreateRuntime: hook(self, outside, "createRuntime"),
			CreateContainer: hook(self, outside, "createContainer"), StartContainer: hook("/command", "/tmp", "startContainer"),
			Poststart: hook(self, outside, "poststart"), Poststop: hook(self, outside, "poststop"),
		}
	}
}

// live takes a container with hooks through its life and returns what the hooks
// wrote.
func live(t *testing.T, change func(*specs.Spec), failing string) (log, warnings []string, created, started error) {
	t.Helper()
	bundle := newBundle(t, []string{"hang"}, change)
	text, err := os.ReadFile(filepath.Join(bundle, "config.json"))
	must(t, err)
	var spec specs.Spec
	must(t, json.Unmarshal(text, &spec))
	withHooks(bundle, failing)(&spec)
	text, err = json.Marshal(spec)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(bundle, "config.json"), text, 0o644))

	file := filepath.Join(bundle, "rootfs/tmp/log")
	must(t, os.WriteFile(file, nil, 0o666))
	must(t, os.Chmod(file, 0o666)) // for root in a user namespace
	outside := t.TempDir()
	must(t, os.WriteFile(filepath.Join(outside, "leaked"), nil, 0o666))
	open, err := unix.Open(outside, unix.O_RDONLY, 0) // and not closed at execve
	must(t, err)
	defer unix.Close(open)
	r := runtime.New(filepath.Join(bundle, "state"))
	r.Warn = func(text string) { warnings = append(warnings, text) }
	process, created := r.Create(t.Context(), runtime.CreateOptions{ID: "one", Bundle: bundle})
	if created == nil {
		started = r.Start(t.Context(), "one")
		if started != nil { // nothing of it runs on
			select {
			case <-process.Done():
			case <-time.After(wait.Deadline):
				t.Errorf("it runs on after %v", started)
			}
		}
		must(t, r.Delete("one", started == nil))
		process.Wait()
	}
	if left, err := r.List(); len(left) > 0 || err != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
	written, err := os.ReadFile(file)
	must(t, err)
	return strings.Split(strings.TrimSuffix(string(written), "\n"), "\n"), warnings, created, started
}

func TestHooksRunInTheirOrderWithTheState(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		log, _, created, started := live(t, change, "")
		var want []string
		for _, each := range []string{
			"prestart creating pid true false", "createRuntime creating pid true false", "createContainer creating pid true true",
			"startContainer created pid true true", "poststart running pid true false", "poststop stopped pid false false",
		} {
			kind, rest, _ := strings.Cut(each, " ")
			want = append(want, kind+"-1 one "+rest+" true HOOK="+kind, kind+"-2 one "+rest+" true ")
		}
		if created != nil || started != nil || !slices.Equal(log, want) {
			t.Errorf("got %v, %v, %s\nwant %s", created, started, strings.Join(log, "\n"), strings.Join(want, "\n"))
		}
	})
}

func TestAHookThatFailsEndsTheContainer(t *testing.T) {
	for failing, last := range map[string]string{
		"prestart": "prestart-1", "createRuntime": "createRuntime-1", "createContainer": "createContainer-1",
		"startContainer": "startContainer-1", "poststart": "poststart-1",
	} {
		t.Run(failing, func(t *testing.T) {
			log, _, created, started := live(t, variants["user"], failing)
			err := created
			if failing == "startContainer" || failing == "poststart" {
				err = started
			}
			if err == nil || !strings.Contains(err.Error(), failing+" hook") || !strings.Contains(err.Error(), "this hook fails") {
				t.Errorf("got %v, %v, want the hook and what it says", created, started)
			}
			// What follows is poststop, both of them.
			if len(log) < 3 || !strings.HasPrefix(log[len(log)-3], last+" ") ||
				!strings.HasPrefix(log[len(log)-2], "poststop-1 ") || !strings.HasPrefix(log[len(log)-1], "poststop-2 ") {
				t.Errorf("got\n%s\nwant %s and then poststop", strings.Join(log, "\n"), last)
			}
		})
	}
}

func TestAPoststopHookThatFailsIsWarnedOf(t *testing.T) {
	log, warnings, created, started := live(t, variants["user"], "poststop")
	if created != nil || started != nil || len(warnings) != 2 || !strings.Contains(warnings[0], "this hook fails") {
		t.Errorf("got %v, %v, %q, want two warnings", created, started, warnings)
	}
	if !strings.HasPrefix(log[len(log)-1], "poststop-2 ") {
		t.Errorf("got %q, want that the second runs all the same", log)
	}
}

func TestAHookThatTakesTooLongIsEnded(t *testing.T) {
	self, err := os.Executable()
	must(t, err)
	second := 1
	bundle := newBundle(t, []string{"exit", "0"}, variants["user"], func(s *specs.Spec) {
		s.Hooks = &specs.Hooks{CreateRuntime: []specs.Hook{{Path: self, Args: []string{"/command", "hang"}, Timeout: &second}}}
	})
	_, err = runtime.New(filepath.Join(bundle, "state")).Create(t.Context(), runtime.CreateOptions{ID: "one", Bundle: bundle})
	if err == nil || !strings.Contains(err.Error(), "still running after 1s") {
		t.Errorf("got %v, want that it took too long", err)
	}
}

// What a hook leaves running may hold its output for as long as it likes.
func TestAHookThatLeavesAProcessRunningHasEnded(t *testing.T) {
	left := filepath.Join(t.TempDir(), "left")
	hook := specs.Hook{Path: "/bin/sh", Args: []string{"sh", "-c", "sleep 600 & echo $! > " + left}, Env: []string{"PATH=" + os.Getenv("PATH")}}
	t.Cleanup(func() {
		text, _ := os.ReadFile(left)
		if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			unix.Kill(pid, unix.SIGKILL)
		}
	})
	got := run(t, newBundle(t, []string{"exit", "5"}, variants["user"], func(s *specs.Spec) {
		s.Hooks = &specs.Hooks{CreateRuntime: []specs.Hook{hook}}
	}))
	if got.err != nil || got.exit != 5 {
		t.Errorf("got %+v, want that the container has run", got)
	}
}
