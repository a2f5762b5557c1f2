package program

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
)

func TestAProgramIsPutInPlaceOnceAndWhole(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{Shim, Init} {
		want, err := embedded.ReadFile("embedded/" + name)
		if err != nil {
			t.Fatalf("the %s is not built: run `make build`", name)
		}
		path, err := Install(root, name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%s holds %d bytes (%v), want the %d that were built", path, len(got), err, len(want))
		}
		// What another time finds there stays, unless it cannot be the same.
		before, _ := os.Stat(path)
		if _, err := Install(root, name); err != nil {
			t.Fatal(err)
		}
		if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
			t.Errorf("the %s was written again: %v", name, err)
		}
		if err := os.Truncate(path, 100); err != nil {
			t.Fatal(err)
		}
		if _, err := Install(root, name); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("a %s cut short was left at %d bytes: %v", name, len(got), err)
		}
	}
}

// Containers start side by side: a child of this process holds, until it executes
// something itself, whatever file is open here, and what is open for writing cannot be
// executed.
func TestAProgramCanBeExecutedWhileOthersStart(t *testing.T) {
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 20 {
				path, err := Install(t.TempDir(), Init)
				if err != nil {
					t.Error(err)
					return
				}
				if err := exec.Command(path).Run(); errors.Is(err, syscall.ETXTBSY) {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

func TestAProgramThatWasNotBuiltIsNamedAsMissing(t *testing.T) {
	if _, err := Install(t.TempDir(), "another"); !errors.Is(err, ErrNone) {
		t.Errorf("got %v, want ErrNone", err)
	}
}
