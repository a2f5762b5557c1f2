package engine

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// nameFile holds the name that a container has been given since it was made. Like
// its limits it is in a file of its own, since container.json is for the
// container's owner to write.
const nameFile = "name"

// Rename gives a container another name. The new one is taken before the old one is
// given back: at any instant the container is found under one of them.
func (e *Engine) Rename(ctx context.Context, c *Container, name string) error {
	name = strings.TrimPrefix(name, "/")
	switch name {
	case "":
		return invalidf("Neither old nor new names may be empty")
	case c.PlainName():
		return invalidf("Renaming a container with the same name as its current name")
	}
	if _, err := e.reserveName(ctx, name, c.ID); err != nil {
		return err
	}
	file := filepath.Join(e.dir(c.ID), nameFile)
	err := os.WriteFile(file+".new", []byte(name), 0o600)
	if err == nil {
		err = os.Rename(file+".new", file)
	}
	if err != nil {
		return errors.Join(err, e.dropName(ctx, name, c.ID))
	}
	return e.dropName(ctx, c.PlainName(), c.ID)
}

// loadName replaces the name a container was made with by the one it has now.
func (e *Engine) loadName(c *Container) error {
	text, err := os.ReadFile(filepath.Join(e.dir(c.ID), nameFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		c.Name = "/" + string(text)
	}
	return err
}
