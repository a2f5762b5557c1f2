package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

// buildSteps are what the build does that is timed: commands, and files of a
// context, after the base that all engines have.
const buildSteps = "FROM " + lentImage + `
COPY words /words
RUN echo one >/one
RUN echo two >/two
WORKDIR /work
COPY words more
`

// build times a build of five steps: once all of them are cached, and once none may
// be. Docker's is the builder that its daemon has in itself.
func (g *ground) build(ctx context.Context, rounds int) error {
	dir := filepath.Join(g.dir, "context")
	if err := errors.Join(os.Mkdir(dir, 0o755), os.WriteFile(filepath.Join(dir, "words"), []byte("words\n"), 0o644),
		os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(buildSteps), 0o644)); err != nil {
		return err
	}
	for _, each := range []struct {
		title string
		flags []string
	}{
		{"build: five steps, all of them cached", nil},
		{"build: five steps, none of them cached", []string{"--no-cache"}},
	} {
		args := append([]string{"build", "--quiet", "--network", "none", "--tag", "mini-docker-bench/built"}, each.flags...)
		args = append(args, dir)
		r := &race{title: each.title}
		r.add(contender{name: "mini-docker build", env: g.env(), args: g.own(args...)})
		r.addDocker(g, contender{name: "docker build", env: []string{"DOCKER_BUILDKIT=0"}, args: g.dockerArgs(args...)})
		if err := r.run(ctx, min(rounds, 10)); err != nil {
			return err
		}
	}
	return nil
}
