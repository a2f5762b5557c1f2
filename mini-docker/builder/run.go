package builder

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"drydock/mini-docker/engine"
)

// runStep executes a command in a container and keeps what it has written.
func (b *build) runStep(ctx context.Context, s *stage, c *instructions.RunCommand) error {
	args := slices.Clone(c.CmdLine)
	if c.PrependShell {
		args = append([]string{"/bin/sh", "-c"}, args...)
	}
	by := "RUN " + strings.Join(args, " ")
	var env []string
	for _, key := range slices.Sorted(maps.Keys(s.args)) {
		env = append(env, key+"="+s.args[key])
	}
	config := s.config.Config
	env = append(env, config.Env...)
	key := s.key("RUN", digest(args...), digest(env...), config.User, config.WorkingDir, b.options.Network)
	if found, ok := b.cached(key); ok {
		b.options.Progress.Cached()
		b.addLayer(s, found, by)
		return nil
	}
	dirs, err := b.dirs(s)
	if err != nil {
		return err
	}
	if len(dirs) == 0 {
		return errors.New("RUN needs files to run: the stage is empty")
	}
	packed, result, err := b.engine.RunLayer(ctx, b.in, engine.RunOptions{
		Base: engine.Base{Layers: dirs, Config: s.config}, Args: args, Env: env, Network: b.options.Network,
		Stdout: b.options.Stdout, Stderr: b.options.Stderr,
	})
	var exit *engine.ExitError
	if errors.As(err, &exit) {
		return fmt.Errorf("the command '%s' returned a non-zero code: %d", strings.Join(args, " "), exit.Status)
	}
	if err != nil {
		return err
	}
	id, err := v1.NewHash(string(result.DiffID))
	if err != nil {
		return err
	}
	b.keep(s, key, made{Packed: packed, DiffID: id}, by)
	return nil
}
