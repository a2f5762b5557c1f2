package builder

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/layer"
)

// runStep executes a command in a container and keeps what it has written.
func (b *build) runStep(ctx context.Context, s *stage, c *instructions.RunCommand) (err error) {
	mounts := &mounts{build: b, stage: s, tmpfs: map[string]string{}}
	defer func() { err = errors.Join(err, mounts.free()) }()
	args, err := commandLine(s, c, mounts)
	if err != nil {
		return err
	}
	if err := mounts.add(ctx, instructions.GetMounts(c)); err != nil {
		return err
	}
	network, err := b.network(c)
	if err != nil {
		return err
	}
	config, env := s.config.Config, s.env()
	k := b.key(s, "RUN "+strings.Join(args, " "), part{partStep + "'s words", digest(args...)}, part{partEnv, digest(env...)},
		part{partUser, config.User}, part{partDir, config.WorkingDir},
		part{partNetwork, network + digest(b.options.Hosts...)}, part{partMounts, digest(mounts.key...)})
	return b.once(k, func() (v1.Descriptor, layer.Result, error) {
		return b.execute(ctx, s, mounts, engine.RunOptions{Args: args, Env: slices.Concat(b.proxies(), env), Network: network})
	})
}

// execute executes the command of a RUN in what the stage is so far.
func (b *build) execute(ctx context.Context, s *stage, mounts *mounts, o engine.RunOptions) (packed v1.Descriptor, result layer.Result, err error) {
	dirs, err := b.runnable(s)
	if err != nil {
		return packed, result, err
	}
	if err := mounts.make(ctx); err != nil {
		return packed, result, err
	}
	base := *s.config
	base.Config.Volumes, base.Config.Healthcheck = nil, nil // of containers of the image, not of this one
	o.Base, o.NotAfter = engine.Base{Layers: dirs, Config: &base}, b.notAfter()
	o.SecretEnv, o.Mounts, o.Tmpfs = mounts.env, mounts.binds, mounts.tmpfs
	o.Stdout, o.Stderr = s.told.Output()
	packed, result, err = b.engine.RunLayer(ctx, b.in, o)
	var exit *engine.ExitError
	if errors.As(err, &exit) {
		command, rest, _ := strings.Cut(strings.Join(o.Args, " "), "\n")
		if rest != "" {
			command += " …" // a here-document: the excerpt shows it
		}
		err = fmt.Errorf("the command '%s' returned a non-zero code: %d", command, exit.Status)
	}
	return packed, result, err
}

// runnable are the directories that a stage consists of, if a command can be executed
// in them here.
func (b *build) runnable(s *stage) ([]string, error) {
	dirs, err := b.dirs(s)
	switch {
	case err != nil:
		return nil, err
	case len(dirs) == 0:
		return nil, errors.New("RUN needs files to run: the stage is empty")
	case s.plan.Platform != b.plan.Global["BUILDPLATFORM"]:
		return nil, fmt.Errorf("RUN cannot execute programs for %s here: copy them from a stage with FROM --platform=$BUILDPLATFORM", s.plan.Platform)
	}
	return dirs, nil
}

// network is that of a RUN's container. A Dockerfile may be a stranger's: with this
// machine's own network it reaches what listens for this machine alone.
func (b *build) network(c *instructions.RunCommand) (string, error) {
	own := instructions.GetNetwork(c)
	if own == instructions.NetworkDefault {
		return b.options.Network, nil
	}
	if own == instructions.NetworkHost && b.options.Network != own && !b.options.AllowHostNetwork {
		return "", errors.New("RUN --network=host is not allowed: it gives the command this machine's own network; if you trust the Dockerfile, build with --allow network.host")
	}
	return own, nil
}

// commandLine is what a RUN executes. A here-document is a script: for the shell, or
// for the program that its first line names, which gets it as a file.
func commandLine(s *stage, c *instructions.RunCommand, mounts *mounts) ([]string, error) {
	text := c.CmdLine
	if len(c.Files) > 0 {
		first := c.Files[0]
		if parser.MustParseHeredoc(text[0]) == nil {
			// It is part of a longer command, and the shell's affair.
			whole := text[0]
			for _, file := range c.Files {
				whole += "\n" + file.Data + file.Name
			}
			return withShell(&s.config.Config, []string{whole}), nil
		}
		script := first.Data
		if first.Chomp {
			script = parser.ChompHeredocContent(script)
		}
		if strings.HasPrefix(script, "#!") {
			at, err := mounts.script(first.Name, script)
			return []string{at}, err
		}
		text = []string{script}
	}
	if c.PrependShell {
		return withShell(&s.config.Config, text), nil
	}
	return text, nil
}
