package container

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"drydock/mini-docker/engine/limits"
	"drydock/mini-docker/engine/networks"
	"drydock/mini-docker/flock"
)

// What a container has been given since it was made, each in a file of its own:
// container.json is for the container's owner to write, who may be doing so just
// now.
const (
	limitsFile   = "limits.json"
	networksFile = "networks.json"
	nameFile     = "name"
)

// Exclusive waits for the lock under which all such changes are made, one after the
// other: each is made of what the last one left.
func (s *Store) Exclusive(ctx context.Context) (*flock.Lock, error) {
	return flock.Await(ctx, s.names())
}

// ChangeLimits notes the limits that a container has from now on.
func (s *Store) ChangeLimits(id string, l limits.Limits) error {
	return s.change(id, limitsFile, l)
}

// ChangeNetworks notes the networks that a container is connected to from now on.
func (s *Store) ChangeNetworks(id string, asked map[string]*networks.Endpoint) error {
	return s.change(id, networksFile, asked)
}

func (s *Store) change(id, name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return replace(filepath.Join(s.Dir(id), name), text)
}

// Rename gives a container another name. The new one is taken before the old one is
// given back: at any instant the container is found under one of them.
func (s *Store) Rename(ctx context.Context, c *Container, name string) error {
	err := replace(filepath.Join(s.Dir(c.ID), nameFile), []byte(name))
	if err != nil {
		return errors.Join(err, s.DropName(ctx, name, c.ID))
	}
	return s.DropName(ctx, c.PlainName(), c.ID)
}

// loadLimits replaces the limits a container was made with by those it has now.
func (s *Store) loadLimits(c *Container) error {
	var now limits.Limits
	changed, err := s.read(c.ID, limitsFile, &now)
	if changed {
		c.HostConfig.Limits = now
	}
	return err
}

// loadNetworks replaces the networks a container was made with by those it has now.
func (s *Store) loadNetworks(c *Container) error {
	if c.NetworkSettings.Ports == nil {
		c.NetworkSettings.Ports = map[string][]networks.Binding{}
	}
	now := map[string]*networks.Endpoint{}
	changed, err := s.read(c.ID, networksFile, &now)
	if changed {
		c.NetworkSettings.Networks = now
	}
	return err
}

// read reads one of the files, if it is there.
func (s *Store) read(id, name string, value any) (changed bool, err error) {
	text, err := os.ReadFile(filepath.Join(s.Dir(id), name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, value)
	}
	return err == nil, err
}

// LoadName replaces the name a container was made with by the one it has now.
func (s *Store) LoadName(c *Container) error {
	text, err := os.ReadFile(filepath.Join(s.Dir(c.ID), nameFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		c.Name = "/" + string(text)
	}
	return err
}
