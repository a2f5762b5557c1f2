package filesystem

import (
	"context"
	"io"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/image"
	"drydock/mini-docker/layer"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// AddChanges makes a layer, in an intake, of what a container has written.
func AddChanges(ctx context.Context, in *image.Intake, c *container.Container, o layer.DiffOptions) (v1.Descriptor, layer.Result, error) {
	o.UserXattr = layer.UserXattr()
	return in.AddWritten(ctx, func(w io.Writer) error {
		_, err := layer.Diff(ctx, Upper(c), w, o)
		return err
	})
}
