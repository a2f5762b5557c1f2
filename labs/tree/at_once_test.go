package tree

import (
	"errors"
	"os/exec"
	"path/filepath"
	"testing"
)

// Checks at once, as with `check --watch` beside `check`, build into the same place.
func TestChecksAtOnceDoNotDisturbEachOther(t *testing.T) {
	tree := begin(t, config(t, tested(t)))
	answer(t, tree, "return nil")
	engine, test := filepath.Join(tree.c.Work, "engine"), filepath.Join(tree.c.Work, "root.test")
	const checks = 4
	ended := make(chan error, checks)
	for range checks {
		go func() {
			c, err := tree.Checked(t.Context(), "mounts/pivot", nil)
			if err != nil {
				ended <- err
				return
			}
			ended <- errors.Join(c.Build(t.Context(), "./cmd/mini-docker", engine), c.BuildTest(t.Context(), "./mini-docker/root", test), c.Close())
		}()
	}
	for range checks {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if text, err := exec.Command(engine).CombinedOutput(); err != nil {
		t.Errorf("the program: %v\n%s", err, text)
	}
	if text, _ := exec.Command(test, "-test.v").CombinedOutput(); len(text) == 0 {
		t.Error("the test program says nothing")
	}
}
