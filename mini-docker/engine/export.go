package engine

import (
	"context"
	"errors"
	"fmt"
	"io"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/filesystem"
	"drydock/mini-docker/layer/stack"
)

// Export writes a container's file system as one flat tar archive: its image's
// layers and what it has written, without what is mounted in it. One that runs is
// paused meanwhile: the files are read by their names, which nobody may move.
func (e *Engine) Export(ctx context.Context, c *container.Container, w io.Writer) (err error) {
	if c.State.Running && !c.State.Paused {
		if err := e.Pause(c); err != nil {
			return fmt.Errorf("%w; or stop the container first", err)
		}
		defer func() { err = errors.Join(err, e.runtime.Resume(c.ID)) }()
	}
	layers := append([]string{filesystem.Upper(c)}, filesystem.Layers(c)...)
	return stack.New(layers...).Pack(ctx, ".", w)
}
