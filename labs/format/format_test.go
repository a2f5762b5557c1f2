package format

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAFolderIsMarkedOnceAndThenLeftAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	upgraded := []int{}
	s := Store{Name: "proofs", Version: 1, Upgrade: func(_ string, from int) error {
		upgraded = append(upgraded, from)
		return nil
	}}
	for range 2 {
		if err := Claim(dir, s); err != nil {
			t.Fatal(err)
		}
	}
	s.Version = 3
	if err := Claim(dir, s); err != nil {
		t.Fatal(err)
	}
	if len(upgraded) != 2 || upgraded[0] != 0 || upgraded[1] != 1 {
		t.Errorf("upgraded from %v, want from 0 and then from 1", upgraded)
	}
}

func TestANewerFolderIsRefusedByName(t *testing.T) {
	dir := t.TempDir()
	if err := Claim(dir, Store{Name: "proofs", Version: 2, Upgrade: func(string, int) error { return nil }}); err != nil {
		t.Fatal(err)
	}
	err := Claim(dir, Store{Name: "proofs", Version: 1})
	var newer *NewerError
	if !errors.As(err, &newer) || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "format 2") {
		t.Errorf("got %v, want that the folder is of format 2", err)
	}
}

func TestAnUpgradeThatFailsLeavesTheOldMark(t *testing.T) {
	dir := t.TempDir()
	broken := errors.New("no room")
	if err := Claim(dir, Store{Name: "proofs", Version: 1, Upgrade: func(string, int) error { return broken }}); !errors.Is(err, broken) {
		t.Fatalf("got %v, want %v", err, broken)
	}
	if _, err := os.Stat(filepath.Join(dir, File)); err == nil {
		t.Error("the folder is marked as if it had been brought up")
	}
}

func TestAFolderOfSomethingElseIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, File), []byte("letters\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Claim(dir, Store{Name: "proofs", Version: 1}); err == nil {
		t.Error("got no error")
	}
}
