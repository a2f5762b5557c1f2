// Command bench times what mini-docker does beside what else is installed here
// and does the same: the start of a container by crun, runc, unshare, docker and
// podman; with a network by docker; the import of an image and a build by docker; a
// command in a container that runs by crun, runc and docker; what stays in memory
// beside each container; and what a pull of a large layer takes of it. `make bench`
// runs it; an argument chooses tables by their names.
//
// Times of a busy machine say little, so all of a table take turns, round by
// round, and what counts is the ratio of their medians. CPU time, which does not
// grow when others use the machine, stands beside; of docker it is that of its
// client alone.
//
// All start the same program in the same namespaces with the same mounts,
// capabilities and masked paths: crun and runc get the config.json that
// mini-docker wrote, but for the root, which is a plain copy of the image instead
// of an overlay: one mount less for them to make.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	rounds := flag.Int("n", 40, "how many times each is timed")
	program := flag.String("mini-docker", "bin/mini-docker", "the program to time")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if done, err := apart(); done {
		exit(err)
	}
	exit(run(ctx, *program, *rounds, flag.Args()))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run prepares the ground, and fills one table after the other.
func run(ctx context.Context, program string, rounds int, chosen []string) error {
	ground, err := newGround(ctx, program)
	if err != nil {
		return err
	}
	defer ground.remove()
	for _, each := range []struct {
		name string
		fill func(context.Context, int) error
	}{
		{"start", ground.start},
		{"network", ground.network},
		{"import", ground.importImage},
		{"pull", ground.pull},
		{"build", ground.build},
		{"exec", ground.exec},
		{"memory", ground.memory},
	} {
		if len(chosen) > 0 && !strings.Contains(strings.Join(chosen, " "), each.name) {
			continue
		}
		if err := each.fill(ctx, rounds); err != nil {
			return fmt.Errorf("%s: %w", each.name, err)
		}
	}
	return nil
}
