// Command bench times a cluster of mini-k8s: until three nodes are ready, what its
// control plane keeps in memory, from a pod that is created until it runs, and
// until 300 replicas have a node. `make bench` runs it; an argument chooses rows by
// their names.
//
// The clusters are true ones, which `mini-k8s up` makes in a folder of their own,
// but for the replicas: their nodes are hollow, so that what is timed is the control
// plane. Beside each figure stands one of Kubernetes, with whose it is: those that
// were measured came from the same kind of machine, of two cores.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"
)

func main() {
	program := flag.String("mini-k8s", "bin/mini-k8s", "the program to time")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *program, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// row is one thing that is measured.
type row struct {
	name    string
	what    string
	measure func(*ground, context.Context) (string, error)
	theirs  string
}

// rows are in the order in which a cluster lives.
var rows = []row{
	{"up", "three nodes ready, median of 5", (*ground).up, "minikube 51 s, kind 33 s, k3d 20 s for their clusters (published)"},
	{"memory", "memory of the control plane", (*ground).memory, "etcd, API server, controllers and scheduler: 500 MiB (measured)"},
	{"pods", "pod created to running, 50 one by one", (*ground).pods, "p99 under 5 s (Kubernetes' own objective, image there)"},
	{"replicas", "300 replicas scheduled, median of 3", (*ground).replicas, "1.4 s with the limits of its clients raised (measured)"},
}

// run measures what is chosen, all without a choice.
func run(ctx context.Context, program string, chosen []string) error {
	program, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	if _, err := os.Stat(program); err != nil {
		return fmt.Errorf("%w: run `make build` first", err)
	}
	g := &ground{program: program}
	if g.dir, err = os.MkdirTemp("", "mini-k8s-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(g.dir)
	fmt.Println("cluster: mini-k8s beside Kubernetes")
	table := tabwriter.NewWriter(os.Stdout, 0, 1, 3, ' ', 0)
	defer table.Flush()
	for _, each := range rows {
		if len(chosen) > 0 && !slices.Contains(chosen, each.name) {
			continue
		}
		figure, err := each.measure(g, ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", each.name, err)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", each.what, figure, each.theirs)
	}
	return nil
}

// seconds is a time as it is printed.
func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// quantile returns what a part of the times, in hundredths, did not exceed.
func quantile(times []time.Duration, part int) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[(len(sorted)-1)*part/100]
}
