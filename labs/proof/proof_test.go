package proof

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"drydock/labs/format"
)

func TestAProofIsRememberedUnderAllItsInputs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "proofs")
	s := open(t, dir)
	key := KeyOf("what", "engine", "lesson")
	if s.Holds(key) {
		t.Fatal("it holds before it was proven")
	}
	if err := s.Remember(key, "a lesson"); err != nil {
		t.Fatal(err)
	}
	if !open(t, dir).Holds(KeyOf("what", "engine", "lesson")) {
		t.Error("it is forgotten")
	}
	for _, other := range []Key{KeyOf("what", "engine"), KeyOf("what", "lesson", "engine"), KeyOf("whatengine", "lesson"), KeyOf("what", "enginelesson")} {
		if s.Holds(other) {
			t.Errorf("%s holds: other inputs have the same key", other)
		}
	}
}

func TestWhatNobodyAsksForIsForgotten(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	asked, unasked := KeyOf("asked"), KeyOf("unasked")
	long := time.Now().Add(-2 * kept)
	for _, key := range []Key{asked, unasked} {
		if err := s.Remember(key, ""); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(s.path(key), long, long); err != nil {
			t.Fatal(err)
		}
	}
	if !s.Holds(asked) {
		t.Fatal("the world is not alive: it does not hold")
	}
	s = open(t, dir)
	if !s.Holds(asked) || s.Holds(unasked) {
		t.Errorf("got %v and %v, want that only what was asked for is known", s.Holds(asked), s.Holds(unasked))
	}
}

func TestAnOlderStoreIsForgottenAndANewerOneRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, string(KeyOf("of old"))), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if open(t, dir).Holds(KeyOf("of old")) {
		t.Error("what a store without a format knew is believed")
	}
	if err := os.WriteFile(filepath.Join(dir, format.File), []byte("proofs 99\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil {
		t.Error("a store from the future was opened")
	}
}

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
