package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// What a process that was killed left behind goes with the next sandbox, also
// the directories that an overlay has closed to everybody.
func TestScratchOfTheDeadIsRemoved(t *testing.T) {
	parent := t.TempDir()
	left := filepath.Join(parent, "sandbox-1")
	if err := os.MkdirAll(filepath.Join(left, "work/work/deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(left, "work/work"), 0); err != nil {
		t.Fatal(err)
	}
	mine, err := makeScratch(parent, os.Geteuid())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s: got %v, want %v", left, err, fs.ErrNotExist)
	}
	other, err := makeScratch(parent, os.Geteuid())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(mine.dir.Name()); err != nil {
		t.Errorf("the directory of one that lives: %v", err)
	}
	if err := errors.Join(mine.remove(), other.remove()); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(parent); len(entries) != 0 || err != nil {
		t.Errorf("%s: got %v, %v, want it empty", parent, entries, err)
	}
}

func TestScratchIsEmptyAfterClose(t *testing.T) {
	parent := filepath.Join(t.TempDir(), "scratch")
	box := start(t, Spec{DropToUser: true, Scratch: parent})
	want(t, box, "", "write", StateDir+"/file", "something")
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(parent); len(entries) != 0 || err != nil {
		t.Errorf("%s: got %v, %v, want it empty", parent, entries, err)
	}
}
