package engine

import (
	"context"
	"errors"
	"fmt"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/filesystem"
	"drydock/mini-docker/image"
)

// FindImage returns an image of this engine. The error is an ImageNotFoundError if
// there is none of the name.
func (e *Engine) FindImage(ctx context.Context, name string) (*image.Image, error) {
	store, err := e.Images(ctx)
	if err != nil {
		return nil, err
	}
	return find(ctx, store, name)
}

// find opens an image. The base image, which this program carries, is made again
// where the store has lost a part of it. An error names the image with the tag
// that goes without saying.
func find(ctx context.Context, store *image.Store, name string) (*image.Image, error) {
	from, err := store.Get(name)
	if err == nil {
		return from, nil
	}
	if parsed, err := image.ParseName(name); err == nil {
		name = parsed.Familiar()
	}
	if name == image.BaseName {
		if err := store.RenewBase(ctx); err != nil {
			return nil, err
		}
		from, err = store.Get(name)
	}
	if errors.Is(err, image.ErrNotFound) {
		return nil, &ImageNotFoundError{name, err}
	}
	return from, err
}

// ImageNotFoundError names an image that is not in the store.
type ImageNotFoundError struct {
	Name  string
	cause error
}

func (e *ImageNotFoundError) Error() string {
	return fmt.Sprintf("Unable to find image '%s' locally", e.Name)
}
func (e *ImageNotFoundError) Unwrap() error { return e.cause }

// ImageInUseError refuses to remove an image that a container uses.
type ImageInUseError struct {
	Image     string // as it was asked for
	ByName    bool   // a name, not an ID
	ID        string // of the image, short
	Container string // its ID, short
	Running   bool
}

// Error words it as Docker does.
func (e *ImageInUseError) Error() string {
	switch {
	case e.Running:
		return fmt.Sprintf("conflict: unable to delete %s (cannot be forced) - image is being used by running container %s", e.Image, e.Container)
	case e.ByName:
		return fmt.Sprintf("conflict: unable to remove repository reference %q (must force) - container %s is using its referenced image %s",
			e.Image, e.Container, e.ID)
	}
	return fmt.Sprintf("conflict: unable to delete %s (must be forced) - image is being used by stopped container %s", e.Image, e.Container)
}

// RemoveImage removes a name of an image, or the image. One that a container uses
// keeps its last name unless force is set; layers that containers stand on stay on
// the disk in any case, until they are gone too.
func (e *Engine) RemoveImage(ctx context.Context, name string, force bool) (image.Removed, error) {
	store, err := e.Images(ctx)
	if err != nil {
		return image.Removed{}, err
	}
	containers, err := e.List(ctx)
	if err != nil {
		return image.Removed{}, err
	}
	found, err := store.Get(name)
	if err != nil {
		return image.Removed{}, err
	}
	if err := checkUse(found, name, containers, force); err != nil {
		return image.Removed{}, err
	}
	return store.Remove(ctx, name, image.RemoveOptions{Force: force, Keep: layersOf(containers)})
}

// checkUse says who uses an image that would be gone with the name.
func checkUse(found *image.Image, name string, containers []*container.Container, force bool) error {
	byName := false
	if parsed, err := image.ParseName(name); err == nil {
		for _, each := range found.Names {
			byName = byName || each == parsed.Familiar()
		}
	}
	if byName && len(found.Names) > 1 {
		return nil // the image keeps another name
	}
	for _, c := range containers {
		running := c.State.Running
		if c.Image != found.ID.String() || force && !(running && !byName) {
			continue
		}
		return &ImageInUseError{Image: name, ByName: byName, ID: found.ShortID(), Container: container.ShortID(c.ID), Running: running && !byName}
	}
	return nil
}

// layersOf are the directories that containers stand on.
func layersOf(containers []*container.Container) []string {
	var dirs []string
	for _, c := range containers {
		dirs = append(dirs, filesystem.Layers(c)...)
	}
	return dirs
}

// PruneImages removes the images that are wanted gone and that no container uses.
func (e *Engine) PruneImages(ctx context.Context, gone func(*image.Image) bool) (image.Removed, error) {
	store, err := e.Images(ctx)
	if err != nil {
		return image.Removed{}, err
	}
	containers, err := e.List(ctx)
	if err != nil {
		return image.Removed{}, err
	}
	used := map[string]bool{}
	for _, c := range containers {
		used[c.Image] = true
	}
	unused := func(i *image.Image) bool {
		return !used[i.ID.String()] && gone(i)
	}
	removed, err := store.Prune(ctx, unused, image.RemoveOptions{Keep: layersOf(containers)})
	if errors.Is(err, image.ErrNotFound) {
		err = nil
	}
	return removed, err
}
