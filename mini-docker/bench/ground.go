package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"drydock/mini-docker/cgroup"
	"drydock/mini-docker/image"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// ground is the folder in which the contenders run.
type ground struct {
	dir     string
	program string // mini-docker
	bundle  string // for crun and runc
	sleeper string // likewise, of one that goes on
	archive string // the base image, as docker saves it
	docker  string // the address of its daemon; "" if there is none
	absent  string // why not
	cleanup []func()
}

// newGround makes an engine with the base image and, from a container it ran,
// the bundle for the others.
func newGround(ctx context.Context, program string) (*ground, error) {
	program, err := filepath.Abs(program)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(program); err != nil {
		return nil, fmt.Errorf("%w: run `make build` first", err)
	}
	dir, err := os.MkdirTemp("", "mini-docker-bench-")
	if err != nil {
		return nil, err
	}
	g := &ground{dir: dir, program: program, bundle: filepath.Join(dir, "bundle"), sleeper: filepath.Join(dir, "sleeper"), archive: filepath.Join(dir, "box.tar")}
	if err := g.makeBundle(ctx); err != nil {
		g.remove()
		return nil, fmt.Errorf("preparing the bundle: %w", err)
	}
	saves := contender{env: g.env()}
	if _, err := saves.command(ctx, g.own("save", "--output", g.archive, lentImage)); err != nil {
		g.remove()
		return nil, err
	}
	if err := g.startDocker(ctx); err != nil {
		g.absent = err.Error()
	}
	return g, nil
}

// remove removes all again.
func (g *ground) remove() {
	for _, each := range slices.Backward(g.cleanup) {
		each()
	}
	os.RemoveAll(g.dir)
}

func (g *ground) root() string  { return filepath.Join(g.dir, "root") }
func (g *ground) env() []string { return []string{"MINI_DOCKER_ROOT=" + g.root()} }

// runArgs are the arguments of mini-docker: a container with limits where this
// user may set any.
func runArgs(flags ...string) []string {
	args := append([]string{"run"}, flags...)
	if trees, err := cgroup.Find(); err == nil && os.Geteuid() == 0 && trees.Version() != 0 {
		args = append(args, "--memory", "64m", "--memory-swap", "64m", "--pids-limit", "100", "--cpus", "1")
	}
	return append(args, "mini/box", "true")
}

// makeBundle runs a container and takes over the config.json that it was run
// with. The container stays: files of its folder are mounted in the bundle's
// containers as well.
func (g *ground) makeBundle(ctx context.Context) error {
	command := exec.CommandContext(ctx, g.program, runArgs("--name", "model", "--net", "none")...)
	command.Env = append(command.Environ(), g.env()...)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("running a container: %w: %s", err, strings.TrimSpace(string(output)))
	}
	models, err := filepath.Glob(filepath.Join(g.root(), "containers/*/config.json"))
	if err != nil || len(models) != 1 {
		return fmt.Errorf("%d containers have a config.json, want one: %w", len(models), err)
	}
	text, err := os.ReadFile(models[0])
	if err != nil {
		return err
	}
	var spec specs.Spec
	if err := json.Unmarshal(text, &spec); err != nil {
		return err
	}
	if err := g.copyRoot(ctx); err != nil {
		return err
	}
	spec.Root.Path = filepath.Join(g.bundle, "rootfs")
	if spec.Linux.CgroupsPath != "" {
		spec.Linux.CgroupsPath = "/mini-docker-bench" // the model keeps its own
	}
	spec.Version = "1.0.2" // older releases refuse a number they do not know
	if spec.Mounts[0].Destination == "/" {
		spec.Mounts = spec.Mounts[1:]
	}
	if err := writeSpec(g.bundle, spec); err != nil {
		return err
	}
	if spec.Linux.CgroupsPath != "" {
		spec.Linux.CgroupsPath += "-sleeper"
	}
	spec.Process.Args = []string{"sleep", "600"}
	if err := os.Mkdir(g.sleeper, 0o755); err != nil {
		return err
	}
	return writeSpec(g.sleeper, spec)
}

func writeSpec(bundle string, spec specs.Spec) error {
	text, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(bundle, "config.json"), text, 0o644)
}

// lentImage is the image that all engines run, largeImage the one they import.
const (
	lentImage  = image.BaseName
	largeImage = "mini-docker-bench/large:latest"
)

// makeLarge makes the archive of an image of 100 MB: 400 files that do not compress.
func (g *ground) makeLarge(ctx context.Context) (archive string, err error) {
	tree := filepath.Join(g.dir, "large")
	random := rand.NewChaCha8([32]byte{})
	content := make([]byte, 256<<10)
	for i := range 400 {
		random.Read(content)
		path := filepath.Join(tree, fmt.Sprint(i%20), fmt.Sprint(i))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, content, 0o644)); err != nil {
			return "", err
		}
	}
	layer := filepath.Join(g.dir, "large-layer.tar")
	archive = filepath.Join(g.dir, "large.tar")
	for _, args := range [][]string{
		{"tar", "-C", tree, "-cf", layer, "."},
		g.own("import", layer, largeImage),
		g.own("save", "--output", archive, largeImage),
	} {
		c := contender{env: g.env()}
		if _, err := c.command(ctx, args); err != nil {
			return "", err
		}
	}
	return archive, nil
}

// copyRoot copies the image's layer.
func (g *ground) copyRoot(ctx context.Context) error {
	store, err := image.Open(g.root())
	if err != nil {
		return err
	}
	box, err := store.Get(image.BaseName)
	if err != nil {
		return err
	}
	layers, err := store.Layers(ctx, box)
	if err != nil {
		return err
	}
	if len(layers) != 1 {
		return fmt.Errorf("the base image has %d layers, want one, which can be copied", len(layers))
	}
	if err := os.Mkdir(g.bundle, 0o755); err != nil {
		return err
	}
	output, err := exec.CommandContext(ctx, "cp", "-a", layers[0], filepath.Join(g.bundle, "rootfs")).CombinedOutput()
	if err != nil {
		return fmt.Errorf("copying the image: %w: %s", err, output)
	}
	return nil
}
