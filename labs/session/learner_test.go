package session

import (
	"os"
	"path/filepath"
	"testing"

	"drydock/mini-docker/sandbox"
)

// TestMain lets this test binary be a sandbox's first process, as drydock is:
// without it, each would run all tests again.
func TestMain(m *testing.M) {
	sandbox.MaybeInit()
	os.Exit(m.Run())
}

// Relative ones are to be ignored, as the XDG Base Directory Specification says:
// they would lead to another folder wherever drydock is typed.
func TestRelativeFoldersAreIgnored(t *testing.T) {
	of := func(vars map[string]string) Learner {
		return Learner{Getenv: func(key string) string { return vars[key] }}
	}
	me := of(map[string]string{"XDG_CACHE_HOME": "rel", "XDG_RUNTIME_DIR": "rel", "HOME": "/home/anna"})
	if got, err := me.CacheDir(); got != "/home/anna/.cache/drydock" || err != nil {
		t.Errorf("cache: got %q, %v", got, err)
	}
	if got, err := me.Control("pids"); !filepath.IsAbs(got) || err != nil {
		t.Errorf("control socket: got %q, %v", got, err)
	}
	if got, err := of(map[string]string{"HOME": "rel"}).CacheDir(); err == nil {
		t.Errorf("cache of a relative HOME: got %q, want an error", got)
	}
}
