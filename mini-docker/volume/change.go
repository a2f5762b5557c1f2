package volume

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"drydock/mini-docker/flock"
)

// Create makes a volume, or returns the one that has the name already, as it is.
// Of v, the name and the labels count.
func (s *Store) Create(v Volume) (*Volume, error) {
	if err := CheckName(v.Name); err != nil {
		return nil, fmt.Errorf("create %s: %w", v.Name, err)
	}
	if found, err := s.Find(v.Name); !errors.Is(err, ErrNotExist) {
		return found, err
	}
	unlock, err := s.lock(s.dir())
	if err != nil {
		return nil, err
	}
	defer unlock()
	if found, err := s.Find(v.Name); !errors.Is(err, ErrNotExist) {
		return found, err // another process was first
	}
	if err := s.make(v); err != nil {
		return nil, fmt.Errorf("create %s: %w", v.Name, err)
	}
	return s.Find(v.Name)
}

// make makes the folder while it is hidden: renaming it makes the volume exist at
// one stroke.
func (s *Store) make(v Volume) error {
	hidden := s.hidden(v.Name)
	if err := s.o.RemoveAll(hidden); err != nil { // what somebody left who was killed
		return err
	}
	data := filepath.Join(hidden, dataDir)
	if err := os.MkdirAll(data, 0o755); err != nil {
		return err
	}
	if err := os.Chmod(data, 0o755); err != nil { // whatever the umask says
		return err
	}
	v.CreatedAt = time.Now().UTC()
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(hidden, metaFile), text, 0o600); err != nil {
		return err
	}
	return os.Rename(hidden, s.of(v.Name))
}

// Remove removes a volume that nobody uses. users says who does; it is asked when
// no volume can come into use any more, as long as whoever is going to use one says
// so before they call Create. The error wraps ErrNotExist or ErrInUse.
func (s *Store) Remove(name string, users func() ([]string, error)) error {
	if _, err := s.Find(name); err != nil {
		return err
	}
	if err := s.hide(name, users); err != nil {
		return err
	}
	return s.sweep()
}

// gonePrefix begins the names of volumes that are being removed. None that is being
// made begins so: what follows its one dot is a volume's name.
const gonePrefix = ".."

// hide takes a volume out of sight, if nobody uses it.
func (s *Store) hide(name string, users func() ([]string, error)) error {
	unlock, err := s.lock(s.dir())
	if err != nil {
		return err
	}
	defer unlock()
	using, err := users()
	if err != nil {
		return err
	}
	if len(using) > 0 {
		return fmt.Errorf("remove %s: %w - [%s]", name, ErrInUse, strings.Join(using, ", "))
	}
	err = os.Rename(s.of(name), filepath.Join(s.dir(), gonePrefix+NewName()))
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("get %s: %w", name, ErrNotExist)
	}
	return err
}

// sweep removes the folders of volumes that are gone, those of others who were
// killed on the way among them. One that somebody else is at, they remove.
func (s *Store) sweep() error {
	gone, err := filepath.Glob(filepath.Join(s.dir(), gonePrefix+"*"))
	if err != nil {
		return err
	}
	for _, dir := range gone {
		held, err := flock.Take(dir)
		if errors.Is(err, flock.ErrHeld) || errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = s.o.RemoveAll(dir)
			held.Release()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// lock waits for the lock of a folder and returns who lets go of it.
func (s *Store) lock(folder string) (unlock func(), err error) {
	if err := s.format(); err != nil {
		return nil, err
	}
	// Nobody but the engine looks into it: a volume may hold set-id programs.
	if err := os.MkdirAll(s.dir(), 0o700); err != nil {
		return nil, err
	}
	held, err := flock.Wait(folder)
	if err != nil {
		return nil, err
	}
	return held.Release, nil
}
