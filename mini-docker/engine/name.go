package engine

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"drydock/mini-docker/engine/refusal"
)

// A name is a symbolic link in ROOT/names whose text is the container's id.
// symlink(2) makes the link with its text at one stroke and fails if the name
// is there, so of any number of processes that want it one gets it. The link
// leads nowhere, and need not.
func (e *Engine) names() string { return filepath.Join(e.root, "names") }

// nameOf is the link of a name.
func (e *Engine) nameOf(name string) string { return filepath.Join(e.names(), name) }

var validName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]+$`)

// reserveName gives the container the name, or one by chance if it is empty,
// and returns it. The container's hidden folder must be locked: a name whose
// container nobody is making and nobody has is left over from a crash and free.
func (e *Engine) reserveName(ctx context.Context, name, id string) (string, error) {
	if err := os.MkdirAll(e.names(), 0o700); err != nil {
		return "", err
	}
	if name = strings.TrimPrefix(name, "/"); name != "" {
		if !validName.MatchString(name) {
			return "", invalidf("Invalid container name (%s), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", name)
		}
		if len(name) > unix.NAME_MAX {
			return "", invalidf("Invalid container name: it has %d bytes, at most %d are allowed", len(name), unix.NAME_MAX)
		}
		return name, e.takeName(ctx, name, id)
	}
	for attempt := 0; ; attempt++ {
		name = randomName()
		if attempt > 10 { // most names are taken: make more of them
			name += strconv.Itoa(attempt)
		}
		if err := e.takeName(ctx, name, id); !errors.Is(err, ErrNameInUse) {
			return name, err
		}
	}
}

// takeName makes the link.
func (e *Engine) takeName(ctx context.Context, name, id string) error {
	for {
		err := os.Symlink(id, e.nameOf(name))
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		holder, err := os.Readlink(e.nameOf(name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // given back just now
		}
		if err != nil {
			return err
		}
		if e.exists(holder) && !e.tidied(ctx, holder) {
			return refusal.As(ErrNameInUse, "Conflict. The container name %q is already in use by container %q. "+
				"You have to remove (or rename) that container to be able to reuse that name.", "/"+name, holder)
		}
		if err := e.dropName(ctx, name, holder); err != nil {
			return err
		}
	}
}

// tidied removes the container if it should have been removed by a process that
// was killed before it could, and says whether it has.
func (e *Engine) tidied(ctx context.Context, id string) bool {
	c, err := e.Inspect(ctx, id)
	return err == nil && e.isLeftOver(c) && e.Remove(ctx, c, false) == nil
}

// exists says whether the container is there or being made. The order of the
// questions matters: a container goes from hidden to visible.
func (e *Engine) exists(id string) bool {
	if isLocked(e.hiddenDir(id)) {
		return true
	}
	_, err := os.Lstat(e.dir(id))
	return err == nil
}

// dropName gives a name back if it belongs to the container. All who remove
// names do it under one lock: between looking whose name it is and removing it,
// nobody else can have removed it and a third made it anew.
func (e *Engine) dropName(ctx context.Context, name, id string) error {
	lock, err := awaitFolder(ctx, e.names())
	if err != nil {
		return err
	}
	defer lock.release()
	if holder, err := os.Readlink(e.nameOf(name)); err != nil || holder != id {
		return nil
	}
	return os.Remove(e.nameOf(name))
}

// newID returns an id: 32 random bytes in hexadecimal digits. Its short form,
// the first twelve, is the container's host name, and one of digits only would
// be taken for a number by some programs.
func newID() string {
	for {
		var random [32]byte
		rand.Read(random[:]) // never fails, see its documentation
		id := hex.EncodeToString(random[:])
		if strings.ContainsAny(id[:12], "abcdef") {
			return id
		}
	}
}

// ShortID is the part of an id that is shown.
func ShortID(id string) string {
	id = strings.TrimPrefix(id, "sha256:")
	return id[:min(12, len(id))]
}
