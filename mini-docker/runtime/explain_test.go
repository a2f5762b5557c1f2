package runtime_test

import (
	"path/filepath"
	"slices"
	"testing"

	"drydock/mini-docker/explain"
	"drydock/mini-docker/runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestEveryStepIsToldBeforeItIsDone(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		bundle := newBundle(t, []string{"exit", "4"}, change)
		var told []explain.Step
		r := runtime.New(filepath.Join(bundle, "state"))
		process, err := r.Create(t.Context(), runtime.CreateOptions{ID: "one", Bundle: bundle,
			Narrate: func(step explain.Step, _ string) { told = append(told, step) }})
		must(t, err)
		if slices.Contains(told, explain.Exec) {
			t.Error("the last step was told before the container was started")
		}
		must(t, r.Start(t.Context(), "one"))
		if exit, err := process.Wait(); exit != 4 || err != nil {
			t.Errorf("exit: got %d, %v; want 4", exit, err)
		}
		want := []explain.Step{explain.Self, explain.Clone, explain.Loopback, explain.Isolate, explain.Mounts,
			explain.Devices, explain.Mask, explain.PivotRoot, explain.Hostname, explain.Bounding, explain.User,
			explain.Descriptors, explain.Capabilities, explain.Exec}
		if !slices.Equal(told, want) {
			t.Errorf("got  %v\nwant %v", told, want)
		}
		must(t, r.Delete("one", false))
	})
}
