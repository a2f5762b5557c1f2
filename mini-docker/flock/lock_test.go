package flock

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestALockIsForOneOrForThoseWhoShareIt(t *testing.T) {
	dir := t.TempDir()
	first, err := AwaitShared(t.Context(), dir)
	must(t, err)
	second, err := AwaitShared(t.Context(), dir)
	must(t, err)
	first.Release()
	if _, err := Take(dir); !errors.Is(err, ErrHeld) {
		t.Errorf("taking what is shared: got %v, want ErrHeld", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Await(ended, dir); !errors.Is(err, ErrHeld) {
		t.Errorf("waiting for what is shared until the context ends: got %v, want ErrHeld", err)
	}
	second.Release()
	mine, err := Take(dir)
	must(t, err)
	if !IsHeld(dir) {
		t.Error("IsHeld of what is taken: got false")
	}
	mine.Release()
	if IsHeld(dir) {
		t.Error("IsHeld of what was released: got true")
	}
}

func TestWhoWaitsIsNext(t *testing.T) {
	dir := t.TempDir()
	mine, err := Take(dir)
	must(t, err)
	got := make(chan error)
	for _, wait := range []func(string) (*Lock, error){Wait, func(dir string) (*Lock, error) { return Await(t.Context(), dir) }} {
		go func() {
			next, err := wait(dir)
			if err == nil {
				next.Release()
			}
			got <- err
		}()
	}
	select {
	case err := <-got:
		t.Fatalf("one who waits got what is held: %v", err)
	default:
	}
	mine.Release()
	must(t, errors.Join(<-got, <-got))
}

func TestAFolderThatWasRemovedMeanwhileIsNotThere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	must(t, os.Mkdir(dir, 0o700))
	mine, err := Take(dir)
	must(t, err)
	defer mine.Release()
	got := make(chan error)
	go func() {
		_, err := Await(t.Context(), dir)
		got <- err
	}()
	must(t, os.Remove(dir))
	if err := <-got; !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
}

func TestAFileIsLockedUntilItIsClosed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	open := func() *os.File {
		file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		must(t, err)
		return file
	}
	mine, other := open(), open()
	defer other.Close()
	must(t, TakeFile(mine))
	if err := TakeFile(other); !errors.Is(err, ErrHeld) {
		t.Errorf("got %v, want ErrHeld", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := AwaitFile(ended, other); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	mine.Close()
	must(t, AwaitFile(t.Context(), other))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
