// Package proof remembers what has been proven, as `go test` remembers which
// tests have passed: a proof is a function of its inputs, so what held once holds
// again as long as none of them changes.
//
//	store, err := proof.Open(dir)
//	key := proof.KeyOf("console blocks", machine, engine, lesson)
//	if !store.Holds(key) { prove; store.Remember(key, "pids: console blocks") }
//
// Only what held is remembered, never a failure and never what was skipped. What
// the inputs are is known to who proves: see package labs/verify.
package proof

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"drydock/labs/format"
)

// version of the store's format, which is one file for each key, in which a
// person can read what it stands for.
const version = 1

// kept is how long a proof is remembered that nobody asks for: the inputs have
// changed since, and will hardly become again what they were.
const kept = 30 * 24 * time.Hour

// A Key stands for all inputs of a proof.
type Key string

// KeyOf returns the key of a proof with these inputs, in this order.
func KeyOf(inputs ...string) Key {
	sum := sha256.New()
	for _, input := range inputs {
		fmt.Fprintf(sum, "%d:%s", len(input), input) // so that "ab","c" is not "a","bc"
	}
	return Key(hex.EncodeToString(sum.Sum(nil)))
}

// Store is the folder with what is remembered. Many may use it at once.
type Store struct{ dir string }

// Open returns the store in dir and forgets what nobody has asked for in a month.
func Open(dir string) (*Store, error) {
	err := format.Claim(dir, format.Store{Name: "proofs", Version: version, Upgrade: forget})
	if err != nil {
		return nil, fmt.Errorf("opening the remembered proofs: %w", err)
	}
	old := time.Now().Add(-kept)
	return &Store{dir}, removeIf(dir, func(info fs.FileInfo) bool { return info.ModTime().Before(old) })
}

// Holds reports whether a proof with this key is remembered.
func (s *Store) Holds(k Key) bool {
	now := time.Now()
	return os.Chtimes(s.path(k), now, now) == nil // it is still asked for
}

// Remember notes that a proof with this key holds. what is for people who look.
func (s *Store) Remember(k Key, what string) error {
	if err := os.WriteFile(s.path(k), []byte(what+"\n"), 0o644); err != nil {
		return fmt.Errorf("remembering a proof: %w", err)
	}
	return nil
}

func (s *Store) path(k Key) string { return filepath.Join(s.dir, string(k)) }

// forget is how an older store is brought up: what it knew can be proven again.
func forget(dir string, _ int) error {
	return removeIf(dir, func(fs.FileInfo) bool { return true })
}

// removeIf removes those proofs of a store that a condition holds for. Another
// process may be doing the same.
func removeIf(dir string, holds func(fs.FileInfo) bool) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || e.Name() == format.File || !holds(info) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
