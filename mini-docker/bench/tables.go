package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// add lets a contender take part whose program is installed.
func (r *race) add(c contender) {
	if _, err := exec.LookPath(c.args[0]); err != nil {
		r.missing = append(r.missing, c.args[0]+" is not installed")
		return
	}
	r.contenders = append(r.contenders, c)
}

// addDocker lets docker take part, if it does.
func (r *race) addDocker(g *ground, c contender) {
	if g.absent != "" {
		r.missing = append(r.missing, g.absent)
		return
	}
	r.add(c)
}

// own is a command of mini-docker's.
func (g *ground) own(args ...string) []string { return append([]string{g.program}, args...) }

// podman is a command of podman's on a store of the ground's.
func (g *ground) podman(args ...string) []string {
	store := filepath.Join(g.dir, "podman")
	return append([]string{"podman", "--root", store, "--runroot", store + "-run", "--cgroup-manager", "cgroupfs"}, args...)
}

// podmanLimits are flags of run: podman raises its own limits otherwise, which not
// every root may.
var podmanLimits = []string{"--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"}

// start times a container without a network, from the command to its end.
func (g *ground) start(ctx context.Context, rounds int) error {
	r := &race{title: "start: a container without a network"}
	r.add(contender{name: "mini-docker run --rm", env: g.env(), args: g.own(runArgs("--rm", "--net", "none")...)})
	state := filepath.Join(g.dir, "state")
	r.add(contender{name: "crun run", args: []string{"crun", "--root", state + "-crun", "run", "--bundle", g.bundle, "bench-crun"}})
	r.add(contender{name: "runc run", args: []string{"runc", "--root", state + "-runc", "run", "--bundle", g.bundle, "bench-runc"}})
	flags := "-fpmuin"
	if os.Geteuid() != 0 {
		flags += "r"
	}
	rootfs := filepath.Join(g.bundle, "rootfs")
	r.add(contender{name: "unshare " + flags + " and chroot", args: []string{"unshare", flags, "chroot", rootfs, "/bin/true"}})
	r.addDocker(g, contender{name: "docker run --rm", args: g.dockerArgs("run", "--rm", "--net", "none", lentImage, "true")})
	r.add(contender{name: "podman run --rm", args: g.podman(append(append([]string{"run", "--rm", "--net", "none"}, podmanLimits...), "--rootfs", rootfs, "true")...)})
	return r.run(ctx, rounds)
}

// network times one with a bridge, a way out and a published port.
func (g *ground) network(ctx context.Context, rounds int) error {
	r := &race{title: "network: a container with bridge, NAT and a published port"}
	args := []string{"run", "--rm", "--publish", "8080:80"}
	r.add(contender{name: "mini-docker run --rm -p", env: g.env(), args: g.own(append(args, lentImage, "true")...)})
	r.addDocker(g, contender{name: "docker run --rm -p", args: g.dockerArgs(append(args, lentImage, "true")...)})
	return r.run(ctx, rounds)
}

// importImage times the import of an image of 100 MB, whose layer does not
// compress, into a store that does not have it.
func (g *ground) importImage(ctx context.Context, rounds int) error {
	r := &race{title: "import: an archive of an image of 100 MB"}
	archive, err := g.makeLarge(ctx)
	if err != nil {
		return err
	}
	r.add(contender{name: "mini-docker load", env: g.env(), before: g.own("rmi", "--force", largeImage),
		args: g.own("load", "--quiet", "--input", archive)})
	r.addDocker(g, contender{name: "docker load", before: g.dockerArgs("rmi", "--force", largeImage),
		args: g.dockerArgs("load", "--quiet", "--input", archive)})
	return r.run(ctx, min(rounds, 10))
}

// exec times a command in a container that runs.
func (g *ground) exec(ctx context.Context, rounds int) error {
	r := &race{title: "exec: a command in a container that runs"}
	const name = "bench-exec"
	add := func(c contender, start, remove []string) {
		if _, err := exec.LookPath(start[0]); err == nil {
			if _, err := c.command(ctx, start); err != nil {
				r.missing = append(r.missing, fmt.Sprintf("%s does not take part: %v", c.name, err))
				return
			}
			g.cleanup = append(g.cleanup, func() { _, _ = c.command(context.WithoutCancel(ctx), remove) })
		}
		r.add(c)
	}
	detached := []string{"--detach", "--net", "none", "--name", name, lentImage, "sleep", "600"}
	run := func(more ...string) []string { return append(append([]string{"run"}, more...), detached...) }
	add(contender{name: "mini-docker exec", env: g.env(), args: g.own("exec", name, "true")}, g.own(run()...), g.own("rm", "--force", name))
	for _, runtime := range []string{"crun", "runc"} {
		all := []string{runtime, "--root", filepath.Join(g.dir, "state-"+runtime)}
		of := func(args ...string) []string { return append(slices.Clone(all), args...) }
		id := name + "-" + runtime
		add(contender{name: runtime + " exec", args: of("exec", id, "true")},
			of("run", "--detach", "--bundle", g.sleeper, id), of("delete", "--force", id))
	}
	if g.absent == "" {
		add(contender{name: "docker exec", args: g.dockerArgs("exec", name, "true")}, g.dockerArgs(run()...), g.dockerArgs("rm", "--force", name))
	} else {
		r.missing = append(r.missing, g.absent)
	}
	return r.run(ctx, rounds)
}
