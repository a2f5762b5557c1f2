package container

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"drydock/mini-docker/engine/mounts"
	"drydock/mini-docker/flock"
)

// disposableFile is there if the container's anonymous volumes go when its folder
// does: while it is being made, if it is to be removed at its end, and when it is
// removed with them.
const disposableFile = "disposable"

// KeepVolumes says, in the folder that the container has at the moment, whether its
// anonymous volumes are to outlive it, if it has volumes.
func (c *Container) KeepVolumes(dir string, keep bool) error {
	if !slices.ContainsFunc(c.Mounts, func(m Mount) bool { return m.Type == mounts.Volume }) {
		return nil
	}
	file := filepath.Join(dir, disposableFile)
	if !keep {
		return os.WriteFile(file, nil, 0o600)
	}
	if err := os.Remove(file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Disposable names the volumes of a container's hidden folder of which the
// anonymous ones are to go with it.
func (s *Store) Disposable(id string) []string {
	dir := s.Hidden(id)
	if _, err := os.Lstat(filepath.Join(dir, disposableFile)); err != nil {
		return nil
	}
	return volumesOf(dir)
}

// volumesOf names the volumes that the container in a folder uses. A damaged one
// uses none.
func volumesOf(dir string) []string {
	var c struct{ Mounts []Mount }
	text, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil || json.Unmarshal(text, &c) != nil {
		return nil
	}
	var names []string
	for _, each := range c.Mounts {
		if each.Type == mounts.Volume {
			names = append(names, each.Name)
		}
	}
	return names
}

// VolumeUsers lists the ids of the containers that use each volume. Those that are
// being made, or removed, are among them: a hidden folder with an owner.
func (s *Store) VolumeUsers() (map[string][]string, error) {
	ids, hidden, err := s.IDs()
	if err != nil {
		return nil, err
	}
	users := map[string][]string{}
	note := func(id, dir string) {
		for _, name := range volumesOf(dir) {
			if !slices.Contains(users[name], id) {
				users[name] = append(users[name], id)
			}
		}
	}
	for _, id := range hidden {
		if flock.IsHeld(s.Hidden(id)) {
			note(id, s.Hidden(id))
		}
	}
	for _, id := range ids {
		note(id, s.Dir(id))
	}
	return users, nil
}
