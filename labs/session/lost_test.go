package session

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drydock/mini-docker/sandbox"
)

func TestASandboxThatLostItsRootIsToBeOpenedAnew(t *testing.T) {
	state, err := os.MkdirTemp("", "lost") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(state) })
	me := Learner{Program: "bin/drydock", Getenv: func(key string) string {
		if key == "DRYDOCK_STATE" {
			return state
		}
		return ""
	}}
	cause := errors.New("what went wrong")
	if err := me.LostRoot(t.Context(), cause, "mounts"); err != cause {
		t.Errorf("with no sandbox open: got %v, want %v", err, cause)
	}
	control, err := me.Control("mounts")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(control), 0o700); err != nil {
		t.Fatal(err)
	}
	// In a sandbox of an empty base there is as little as behind another root.
	s, err := sandbox.Start(t.Context(), sandbox.Spec{Base: t.TempDir(), Control: control})
	if err != nil {
		t.Skipf("no sandbox can be had here: %v", err)
	}
	defer s.Close()
	err = me.LostRoot(t.Context(), cause, "mounts")
	if !strings.Contains(err.Error(), "type exit there") || !strings.HasSuffix(err.Error(), "bin/drydock start mounts") {
		t.Errorf("got %v", err)
	}
	if err := me.LostRoot(t.Context(), nil, "mounts"); err != nil {
		t.Errorf("where nothing went wrong: got %v", err)
	}
}
