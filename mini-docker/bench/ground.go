package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	g := &ground{dir: dir, program: program, bundle: filepath.Join(dir, "bundle")}
	if err := g.makeBundle(ctx); err != nil {
		g.remove()
		return nil, fmt.Errorf("preparing the bundle: %w", err)
	}
	return g, nil
}

// remove removes all again.
func (g *ground) remove() {
	for _, each := range g.cleanup {
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
	command := exec.CommandContext(ctx, g.program, runArgs("--name", "model")...)
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
	spec.Root.Path = "rootfs"
	if spec.Linux.CgroupsPath != "" {
		spec.Linux.CgroupsPath = "/mini-docker-bench" // the model keeps its own
	}
	spec.Version = "1.0.2" // older releases refuse a number they do not know
	if spec.Mounts[0].Destination == "/" {
		spec.Mounts = spec.Mounts[1:]
	}
	if text, err = json.Marshal(spec); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(g.bundle, "config.json"), text, 0o644)
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

// contenders returns who takes part, mini-docker first, and who does not and
// why.
func (g *ground) contenders(ctx context.Context) (list []contender, missing []string) {
	list = []contender{{name: "mini-docker run --rm", env: g.env(), args: append([]string{g.program}, runArgs("--rm")...)}}
	state := filepath.Join(g.dir, "state")
	add := func(name string, args ...string) {
		if _, err := exec.LookPath(args[0]); err != nil {
			missing = append(missing, args[0]+" is not installed")
			return
		}
		list = append(list, contender{name: name, args: args})
	}
	add("crun run", "crun", "--root", state+"-crun", "run", "--bundle", g.bundle, "bench-crun")
	add("runc run", "runc", "--root", state+"-runc", "run", "--bundle", g.bundle, "bench-runc")
	flags := "-fpmuin"
	if os.Geteuid() != 0 {
		flags += "r"
	}
	add("unshare "+flags+" and chroot", "unshare", flags, "chroot", filepath.Join(g.bundle, "rootfs"), "/bin/true")
	for _, engine := range []string{"docker", "podman"} {
		if err := g.lend(ctx, engine); err != nil {
			missing = append(missing, fmt.Sprintf("%s does not take part: %v", engine, err))
			continue
		}
		add(engine+" run --rm --net none", engine, "run", "--rm", "--net", "none", lentImage, "true")
	}
	return list, missing
}

// lentImage is the image's name in other engines, for as long as the run takes.
const lentImage = "mini-docker-bench:latest"

// lend gives another engine the image, if the engine is there and works.
func (g *ground) lend(ctx context.Context, engine string) error {
	if _, err := exec.LookPath(engine); err != nil {
		return errors.New("it is not installed")
	}
	if err := exec.CommandContext(ctx, engine, "info").Run(); err != nil {
		return fmt.Errorf("`%s info`: %w", engine, err)
	}
	pack := exec.CommandContext(ctx, "tar", "-C", filepath.Join(g.bundle, "rootfs"), "-c", ".")
	unpack := exec.CommandContext(ctx, engine, "import", "-", lentImage)
	tar, err := pack.StdoutPipe()
	if err != nil {
		return err
	}
	unpack.Stdin = tar
	if err := errors.Join(pack.Start(), unpack.Run(), pack.Wait()); err != nil {
		return fmt.Errorf("lending it the image: %w", err)
	}
	g.cleanup = append(g.cleanup, func() { exec.Command(engine, "rmi", lentImage).Run() })
	return nil
}
