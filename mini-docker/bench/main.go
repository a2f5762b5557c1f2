// Command bench times the start of a container, from the command typed to its
// end, by mini-docker and by what else is installed here: crun, runc, unshare,
// docker, podman. `make bench` runs it.
//
// Times of a busy machine say little, so all take turns in one run, round by
// round, and what counts is the ratio of their medians. CPU time, which does not
// grow when others use the machine, stands beside.
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
	"syscall"
	"text/tabwriter"
	"time"
)

func main() {
	rounds := flag.Int("n", 40, "how many times each is timed")
	program := flag.String("mini-docker", "bin/mini-docker", "the program to time")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if done, err := withoutHybridCgroups(); done {
		exit(err)
	}
	exit(run(ctx, *program, *rounds))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run prepares the contenders, times them and prints the table.
func run(ctx context.Context, program string, rounds int) error {
	ground, err := newGround(ctx, program)
	if err != nil {
		return err
	}
	defer ground.remove()
	contenders, missing := ground.contenders(ctx)
	progress := func(string) {}
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		progress = func(text string) { fmt.Fprintf(os.Stderr, "\r\x1b[K%s", text) }
	}
	for i := range contenders {
		// The first start of each warms the caches, and shows whether it works.
		if _, err := contenders[i].time(ctx); err != nil && i > 0 {
			missing = append(missing, fmt.Sprintf("%s does not work here: %v", contenders[i].name, err))
			contenders[i].broken = true
		} else if err != nil {
			return err
		}
	}
	for round := range rounds {
		progress(fmt.Sprintf("round %d of %d", round+1, rounds))
		if err := turn(ctx, contenders, round); err != nil {
			progress("")
			return err
		}
	}
	progress("")
	print(contenders, missing)
	return nil
}

// turn times each contender once. Another one begins each time, so that none
// always follows the same one.
func turn(ctx context.Context, contenders []contender, round int) error {
	for i := range contenders {
		c := &contenders[(i+round)%len(contenders)]
		if c.broken {
			continue
		}
		sample, err := c.time(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		c.samples = append(c.samples, sample)
	}
	return nil
}

// print prints medians, minima and what they are relative to the first.
func print(contenders []contender, missing []string) {
	first := contenders[0].median(wall)
	table := tabwriter.NewWriter(os.Stdout, 0, 1, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "median\tminimum\tCPU\tratio\t\t")
	for _, c := range contenders {
		if len(c.samples) == 0 {
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%.2f\t  %s\t\n", ms(c.median(wall)), ms(c.minimum(wall)), ms(c.median(cpu)),
			float64(c.median(wall))/float64(first), c.name)
	}
	table.Flush()
	for _, each := range missing {
		fmt.Println(each)
	}
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/1e6) }
