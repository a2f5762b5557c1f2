package container

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"drydock/mini-docker/shim/wire"
)

// Bundle is the config.json of a container: there as soon as it has been started
// once.
func (s *Store) Bundle(id string) string { return filepath.Join(s.Dir(id), "config.json") }

// Log is the file that a container's output is kept in.
func (s *Store) Log(id string) string { return filepath.Join(s.Dir(id), id+"-json.log") }

// StartedAt is when a container's start got as far as to make it a bundle, or not
// ok if it has not been started.
func (s *Store) StartedAt(id string) (at time.Time, ok bool) {
	bundle, err := os.Lstat(s.Bundle(id))
	if err != nil {
		return time.Time{}, false
	}
	return bundle.ModTime().UTC(), true
}

// WasStarted says whether a container's start has got so far.
func (s *Store) WasStarted(id string) bool {
	_, ok := s.StartedAt(id)
	return ok
}

// Exit is what the shim has written down of a container's end.
type Exit struct {
	ExitCode   int
	FinishedAt time.Time
	Error      string `json:"-"`
}

func (s *Store) exitFile(id string) string { return filepath.Join(s.Dir(id), wire.ExitName) }

// HasExit says whether the shim has written down a container's end.
func (s *Store) HasExit(id string) bool {
	_, err := os.Lstat(s.exitFile(id))
	return err == nil
}

// Exit returns how a container ended. Where nobody saw it, it was killed with its
// shim; when, is not known: it is dated to when it was first noticed.
func (s *Store) Exit(id string) Exit {
	var end Exit
	text, err := os.ReadFile(s.exitFile(id))
	if err == nil {
		err = json.Unmarshal(text, &end)
	}
	if err != nil {
		return Exit{128 + 9, time.Now(), "the container's shim was killed, and the container with it"}
	}
	return end
}

// Reset removes what is left of an earlier start and its end, which makes the
// container one that was created and has not been started.
func (s *Store) Reset(c *Container) error {
	for _, each := range []string{s.exitFile(c.ID), s.Bundle(c.ID)} {
		if err := os.Remove(each); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if c.State.Status == Created {
		return nil
	}
	c.State = State{Status: Created}
	return c.Save(s.Dir(c.ID))
}
