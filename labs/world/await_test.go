package world

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drydock/mini-docker/sandbox"
	"drydock/testscripts/wait"
)

func TestMain(m *testing.M) {
	sandbox.MaybeInit()
	os.Exit(m.Run())
}

// waiting is a sandbox that expects a program, and a machine whose programs say what
// they were asked.
func waiting(t *testing.T, program string) (context.Context, Machine, *World) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait.Deadline)
	t.Cleanup(cancel)
	m, err := Prepare(t.TempDir(), filepath.Join("..", "..", "bin"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, each := range []string{Engine, Orchestrator} {
		if err := os.WriteFile(filepath.Join(dir, each), []byte("#!/bin/sh\necho asked \"$@\"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	m.MiniDocker, m.MiniK8s, m.Kubectl = filepath.Join(dir, Engine), filepath.Join(dir, Orchestrator), filepath.Join(dir, "none")
	w, err := m.Open(ctx, Options{EngineLater: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	if err := w.Expect(ctx, program); err != nil {
		t.Fatal(err)
	}
	return ctx, m, w
}

func inside(t *testing.T, ctx context.Context, w *World, commands, want string) {
	t.Helper()
	if text, _, err := w.Script(ctx, commands); err != nil || !strings.Contains(text, want) {
		t.Errorf("%s: got %v and\n%s\nwant %q", commands, err, text, want)
	}
}

func TestWhoCallsAProgramWaitsUntilItIsBuilt(t *testing.T) {
	for program, called := range map[string]string{Engine: "mini-docker version", Orchestrator: "kubectl version"} {
		ctx, m, w := waiting(t, program)
		inside(t, ctx, w, called+" >out 2>&1 & until grep built out; do sleep 0.1; done", program+" is still being built")
		if err := w.Deliver(ctx, m, program, func() error { return nil }); err != nil {
			t.Error(err)
		}
		inside(t, ctx, w, "until grep asked out; do sleep 0.1; done", "version")
		inside(t, ctx, w, called, "version")
	}
}

// Whether its build fails, or brings nothing, and whatever it is called by.
func TestAProgramThatIsNotBuiltSaysSo(t *testing.T) {
	for _, program := range []string{Engine, Orchestrator} {
		for _, built := range []error{errors.New("no"), nil} {
			ctx, m, w := waiting(t, program)
			m.MiniDocker, m.MiniK8s = m.MiniDocker+"-none", m.MiniK8s+"-none"
			if err := w.Deliver(ctx, m, program, func() error { return built }); err == nil {
				t.Error("got no error")
			}
			inside(t, ctx, w, program+" version", program+" could not be built: make build says why")
			if program == Orchestrator {
				inside(t, ctx, w, "kubectl version", "could not be built")
			}
		}
	}
}
