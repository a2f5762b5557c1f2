package builder

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"drydock/mini-docker/engine"
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
	if found, ok := b.cached(k); ok {
		b.addLayer(s, found, k.text)
		return nil
	}
	dirs, err := b.runnable(s)
	if err != nil {
		return err
	}
	if err := mounts.make(ctx); err != nil {
		return err
	}
	base := *s.config
	base.Config.Volumes, base.Config.Healthcheck = nil, nil // of containers of the image, not of this one
	packed, result, err := b.engine.RunLayer(ctx, b.in, engine.RunOptions{
		Base: engine.Base{Layers: dirs, Config: &base}, Args: args, Env: slices.Concat(b.proxies(), env), SecretEnv: mounts.env, Network: network,
		Mounts: mounts.binds, Tmpfs: mounts.tmpfs, NotAfter: b.notAfter(),
		Stdout: b.options.Stdout, Stderr: b.options.Stderr,
	})
	var exit *engine.ExitError
	if errors.As(err, &exit) {
		return fmt.Errorf("the command '%s' returned a non-zero code: %d", strings.Join(args, " "), exit.Status)
	}
	if err != nil {
		return err
	}
	return b.keep(s, k, packed, result)
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
