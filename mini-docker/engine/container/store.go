package container

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"drydock/mini-docker/format"
)

// Store keeps the containers of one root folder.
type Store struct {
	root  string
	check func() error
}

// Open returns the containers below root. Nothing is read or written yet.
func Open(root string) *Store {
	s := &Store{root: root}
	s.check = sync.OnceValue(func() error {
		return format.Check(format.Store{What: "containers", Dir: s.Folder(), Version: formatVersion})
	})
	return s
}

// The versions of the format of the containers' folder:
//
//	1  without a number; a container ends with the program that runs it
//	2  a container has a shim, which leaves its end in the file "exit"
//
// What one of version 1 has written is read as it is: there is nothing to be
// brought up but the number.
const formatVersion = 2

// CheckFormat makes sure that this program knows what it is going to read.
func (s *Store) CheckFormat() error { return s.check() }

// Folder is the folder that holds a folder for each container.
func (s *Store) Folder() string { return filepath.Join(s.root, "containers") }

// Dir is the folder of a container.
func (s *Store) Dir(id string) string { return filepath.Join(s.Folder(), id) }

// Hidden is where a container's folder lies while it is made or removed. Nobody
// sees it there: renaming it to Dir makes the container exist at one stroke,
// renaming it back makes it vanish.
func (s *Store) Hidden(id string) string { return filepath.Join(s.Folder(), "."+id) }

// IDs reads which containers there are, and which folders are hidden.
func (s *Store) IDs() (ids, hidden []string, err error) {
	entries, err := os.ReadDir(s.Folder())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	for _, entry := range entries {
		if id, isHidden := strings.CutPrefix(entry.Name(), "."); isHidden {
			hidden = append(hidden, id)
		} else {
			ids = append(ids, id)
		}
	}
	return ids, hidden, nil
}

const fileName = "container.json"

// Save writes container.json into dir so that readers see it whole or not at all.
//
// It is not synced: after a power cut the file may be empty, and the container
// is listed as dead then and can be removed. That loses little, a stopped
// container's exit status, where a sync would cost each run a disk's latency.
func (c *Container) Save(dir string) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(dir, fileName), text); err != nil {
		return fmt.Errorf("remembering the container: %w", err)
	}
	return nil
}

// replace writes a file so that readers see the old text or the new.
func replace(file string, text []byte) error {
	if err := os.WriteFile(file+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// Load reads a container as it was last saved, with what was changed since. One
// whose file is damaged is dead, so that it is seen and can be removed.
func (s *Store) Load(id string) (*Container, error) {
	text, err := os.ReadFile(filepath.Join(s.Dir(id), fileName))
	if err != nil {
		if _, gone := os.Lstat(s.Dir(id)); gone != nil {
			return nil, fmt.Errorf("%w: %s", ErrNotExist, id)
		}
	}
	c := new(Container)
	if err == nil {
		err = json.Unmarshal(text, c)
	}
	if err == nil {
		err = errors.Join(s.loadLimits(c), s.LoadName(c), s.loadNetworks(c))
	}
	if err != nil || c.ID != id {
		var made time.Time
		if folder, err := os.Stat(s.Dir(id)); err == nil {
			made = folder.ModTime().UTC() // all that is known
		}
		return &Container{ID: id, Created: made, State: State{Status: Dead, Dead: true,
			Error: fmt.Sprintf("reading %s: %v", fileName, err)}}, nil
	}
	return c, nil
}
