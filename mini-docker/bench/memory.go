package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// neighbours is how many containers run while the memory is measured.
const neighbours = 10

// keeper is an engine with a process beside each container.
type keeper struct {
	name   string
	env    []string
	call   func(args ...string) []string // a command of the engine's
	limits []string                      // further flags of run
	image  []string
}

// memory prints what stays in memory beside each container: the parent of its
// first process, which is our shim, containerd's or podman's conmon. What several
// of them share is counted once by the proportional set size, see
// proc_pid_smaps_rollup(5).
func (g *ground) memory(ctx context.Context, _ int) error {
	fmt.Printf("memory: the process beside each of %d containers, medians\n", neighbours)
	table := tabwriter.NewWriter(os.Stdout, 0, 1, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "resident\tproportional\t\t")
	var missing []string
	keepers := []keeper{{name: "mini-docker: shim", env: g.env(), call: g.own, image: []string{lentImage}}}
	if g.absent == "" {
		keepers = append(keepers, keeper{name: "docker: containerd-shim", call: g.dockerArgs, image: []string{lentImage}})
	} else {
		missing = append(missing, g.absent)
	}
	keepers = append(keepers, keeper{name: "podman: conmon", call: g.podman, limits: podmanLimits,
		image: []string{"--rootfs", filepath.Join(g.bundle, "rootfs")}})
	for i, each := range keepers {
		resident, proportional, err := each.weigh(ctx)
		switch {
		case err != nil && i == 0:
			return err
		case err != nil:
			missing = append(missing, fmt.Sprintf("%s does not take part: %v", each.name, err))
		default:
			fmt.Fprintf(table, "%d kB\t%d kB\t  %s\t\n", resident, proportional, each.name)
		}
	}
	table.Flush()
	for _, each := range missing {
		fmt.Println(each)
	}
	return nil
}

// weigh returns the medians of the resident and the proportional set sizes, in
// kilobytes.
func (k keeper) weigh(ctx context.Context) (resident, proportional int, err error) {
	if _, err := exec.LookPath(k.call()[0]); err != nil {
		return 0, 0, err
	}
	c := contender{env: k.env}
	var sizes [2][]int
	for i := range neighbours {
		name := fmt.Sprintf("bench-memory-%d", i)
		run := append([]string{"run", "--detach", "--net", "none", "--name", name}, k.limits...)
		if _, err := c.command(ctx, k.call(append(append(run, k.image...), "sleep", "600")...)); err != nil {
			return 0, 0, err
		}
		defer c.command(context.WithoutCancel(ctx), k.call("rm", "--force", name))
	}
	for i := range neighbours {
		inspect := k.call("inspect", "--format", "{{.State.Pid}}", fmt.Sprintf("bench-memory-%d", i))
		command := exec.CommandContext(ctx, inspect[0], inspect[1:]...)
		command.Env = append(command.Environ(), k.env...)
		pid, err := command.Output()
		if err != nil {
			return 0, 0, err
		}
		parent, err := field("/proc/"+strings.TrimSpace(string(pid))+"/status", "PPid:")
		if err != nil {
			return 0, 0, err
		}
		for j, what := range []string{"Rss:", "Pss:"} {
			size, err := field(fmt.Sprintf("/proc/%d/smaps_rollup", parent), what)
			if err != nil {
				return 0, 0, err
			}
			sizes[j] = append(sizes[j], size)
		}
	}
	slices.Sort(sizes[0])
	slices.Sort(sizes[1])
	return sizes[0][neighbours/2], sizes[1][neighbours/2], nil
}

// field returns the number that stands behind a word in a file of /proc.
func field(path, word string) (int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(text), word)
	if values := strings.Fields(rest); found && len(values) > 0 {
		return strconv.Atoi(values[0])
	}
	return 0, fmt.Errorf("%s does not say %q", path, word)
}
