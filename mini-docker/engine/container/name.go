package container

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"drydock/mini-docker/flock"

	"golang.org/x/sys/unix"
)

// A name is a symbolic link in ROOT/names whose text is the container's id.
// symlink(2) makes the link with its text at one stroke and fails if the name
// is there, so of any number of processes that want it one gets it. The link
// leads nowhere, and need not.
func (s *Store) names() string { return filepath.Join(s.root, "names") }

// nameOf is the link of a name.
func (s *Store) nameOf(name string) string { return filepath.Join(s.names(), name) }

var validName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]+$`) })

// NameInUseError says which container has the name. It is an ErrNameInUse.
type NameInUseError struct{ Name, Holder string }

// Error words it as Docker does.
func (e *NameInUseError) Error() string {
	return fmt.Sprintf("Conflict. The container name %q is already in use by container %q. "+
		"You have to remove (or rename) that container to be able to reuse that name.", "/"+e.Name, e.Holder)
}
func (e *NameInUseError) Unwrap() error { return ErrNameInUse }

// TakeName gives the container the name, or one by chance if it is empty, and
// returns it. The container's hidden folder must be locked: a name whose container
// nobody is making and nobody has is left over from a crash and free.
func (s *Store) TakeName(ctx context.Context, name, id string) (string, error) {
	if err := os.MkdirAll(s.names(), 0o700); err != nil {
		return "", err
	}
	if name = strings.TrimPrefix(name, "/"); name != "" {
		if !validName().MatchString(name) {
			return "", invalidf("Invalid container name (%s), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", name)
		}
		if len(name) > unix.NAME_MAX {
			return "", invalidf("Invalid container name: it has %d bytes, at most %d are allowed", len(name), unix.NAME_MAX)
		}
		return name, s.link(ctx, name, id)
	}
	for attempt := 0; ; attempt++ {
		name = randomName()
		if attempt > 10 { // most names are taken: make more of them
			name += strconv.Itoa(attempt)
		}
		if err := s.link(ctx, name, id); !errors.Is(err, ErrNameInUse) {
			return name, err
		}
	}
}

// link makes the link.
func (s *Store) link(ctx context.Context, name, id string) error {
	for {
		err := os.Symlink(id, s.nameOf(name))
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		holder, err := s.Holder(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // given back just now
		}
		if err != nil {
			return err
		}
		if s.exists(holder) {
			return &NameInUseError{name, holder}
		}
		if err := s.DropName(ctx, name, holder); err != nil {
			return err
		}
	}
}

// Holder is the id of the container that has a name.
func (s *Store) Holder(name string) (id string, err error) { return os.Readlink(s.nameOf(name)) }

// exists says whether the container is there or being made. The order of the
// questions matters: a container goes from hidden to visible.
func (s *Store) exists(id string) bool {
	if flock.IsHeld(s.Hidden(id)) {
		return true
	}
	_, err := os.Lstat(s.Dir(id))
	return err == nil
}

// DropName gives a name back if it belongs to the container. All who remove
// names do it under one lock: between looking whose name it is and removing it,
// nobody else can have removed it and a third made it anew.
func (s *Store) DropName(ctx context.Context, name, id string) error {
	lock, err := s.Exclusive(ctx)
	if err != nil {
		return err
	}
	defer lock.Release()
	if holder, err := s.Holder(name); err != nil || holder != id {
		return nil
	}
	return os.Remove(s.nameOf(name))
}

// TidyNames takes back the names of containers that are gone: whoever removed them
// was killed before that.
func (s *Store) TidyNames(ctx context.Context) error {
	entries, err := os.ReadDir(s.names())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		holder, err := s.Holder(entry.Name())
		if err != nil || s.exists(holder) {
			continue
		}
		if err := s.DropName(ctx, entry.Name(), holder); err != nil {
			return err
		}
	}
	return nil
}
