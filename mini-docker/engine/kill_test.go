package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/dirs"
	"drydock/mini-docker/engine/mounts"
	"drydock/mini-docker/shim/wire"

	"golang.org/x/sys/unix"
)

// runOne is a program that runs a container in the foreground, and clears away
// after it: what the kernel leaves of it when it is killed is what the test below
// is about.
func runOne(root string, args []string) int {
	e, err := Open(dirs.Dirs{Root: root, RunDir: filepath.Join(root, "run")})
	if err != nil {
		return 1
	}
	if args[0] == "layer" {
		return layerOne(e, args[1:])
	}
	o := CreateOptions{Image: testImage, AutoRemove: args[0] == "rm", Network: networkOfOne(), Args: append([]string{"prog"}, args[1:]...)}
	// The program that it runs lies in a volume, which the first one fills.
	o.Mounts = []mounts.Request{{Type: mounts.Volume, Source: "kept", Target: "/bin"}}
	if o.AutoRemove {
		o.Mounts = append(o.Mounts, mounts.Request{Type: mounts.Volume, Target: "/anonymous"})
	}
	c, err := e.Create(context.Background(), o)
	if err != nil {
		return 1
	}
	running, err := e.Start(context.Background(), c, Attachment{Stdout: os.Stdout})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	running.Wait()
	running.Finish(context.Background())
	return 0
}

// TestRecordsAreTrueWhateverIsKilled kills the program that runs a container, its
// shim, its first process, or all of them in any order and at any instant, and
// compares what is recorded with what the kernel says.
func TestRecordsAreTrueWhateverIsKilled(t *testing.T) {
	e := newEngine(t)
	running := start(t, e, CreateOptions{Name: "bystander", Args: []string{"prog", "wait"}}, Attachment{})
	must(t, running.Leave())
	for round := range roundsOfKills() {
		what := killOne(t, e.root)
		awaitTruth(t, e, fmt.Sprintf("round %d, in which %s", round, what))
	}
	if c := awaitStatus(t, e, "bystander", container.Running); c.State.Pid != running.Container.State.Pid {
		t.Errorf("the bystander runs as process %d, and ran as %d", c.State.Pid, running.Container.State.Pid)
	}
	list, err := e.List(t.Context())
	must(t, err)
	for _, each := range list {
		must(t, e.Remove(t.Context(), each, true))
	}
	awaitTruth(t, e, "the end")
	if got := volumeNames(t, e); got != "kept" && got != "" {
		t.Errorf("got the volumes %q, want kept alone", got)
	}
	program := exec.Command("/proc/self/exe", "rm", "show", "/bin/data")
	program.Env = append(os.Environ(), "ENGINE_TEST_RUN="+e.root)
	if out, err := program.CombinedOutput(); err != nil || string(out) != "no program" {
		t.Errorf("what is in the volume: got %q, %v; want that it is whole", out, err)
	}
	for _, dir := range []string{e.containers.Folder(), filepath.Join(e.root, "names"), e.rootfs()} {
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("left in %s: %v", dir, left)
		}
	}
}

// roundsOfKills is how often something is killed. ENGINE_TEST_KILLS sets another
// number, for who has the time.
func roundsOfKills() int {
	if n, err := strconv.Atoi(os.Getenv("ENGINE_TEST_KILLS")); err == nil {
		return n
	}
	return 20
}

// killOne runs a container and kills something of it.
func killOne(t *testing.T, root string) (what string) {
	t.Helper()
	args := [][]string{{"rm", "wait"}, {"keep", "wait"}, {"rm", "exit", "3"}, {"keep", "exit", "3"}}[rand.IntN(4)]
	program := exec.Command("/proc/self/exe", args...)
	program.Env = append(os.Environ(), "ENGINE_TEST_RUN="+root)
	must(t, program.Start())
	defer program.Wait()
	life := 80_000
	if os.Getenv(publishing) != "" {
		life *= 2
	}
	pause := time.Duration(rand.IntN(life)) * time.Microsecond
	time.Sleep(pause) // any instant of its life
	victims := []string{"program", "shim", "first process"}
	rand.Shuffle(len(victims), func(i, j int) { victims[i], victims[j] = victims[j], victims[i] })
	victims = victims[:1+rand.IntN(len(victims))]
	family := familyOf(program.Process.Pid)
	for _, each := range victims {
		if pid := family[each]; pid != 0 {
			unix.Kill(pid, unix.SIGKILL)
		}
	}
	program.Process.Kill() // what it was needed for is over
	return fmt.Sprintf("%v of `%s` were killed after %v", victims, strings.Join(args, " "), pause)
}

// familyOf finds the shim and the container's first process below a program.
func familyOf(program int) map[string]int {
	family := map[string]int{"program": program}
	for _, each := range processes() {
		if each.parent == program && each.args[0] == wire.ShimArg {
			family["shim"] = each.pid
		}
	}
	for _, each := range processes() {
		if each.parent == family["shim"] && each.parent != 0 {
			family["first process"] = each.pid
		}
	}
	return family
}

type process struct {
	pid, parent int
	args        []string
}

// processes reads what processes there are.
func processes() (list []process) {
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		stat, statErr := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || statErr != nil || len(text) == 0 {
			continue // it has ended
		}
		var state string
		each := process{pid: pid, args: strings.Split(string(bytes.TrimRight(text, "\x00")), "\x00")}
		fmt.Sscan(string(stat[bytes.LastIndexByte(stat, ')')+1:]), &state, &each.parent)
		list = append(list, each)
	}
	return list
}

// awaitTruth waits until records and kernel agree, as they must when everybody has
// had the time to see what happened.
func awaitTruth(t *testing.T, e *Engine, when string) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if err = untruth(t.Context(), e); err == nil {
			return
		}
	}
	t.Fatalf("after %s: %v", when, err)
}

// untruth says where the records and the kernel differ.
func untruth(ctx context.Context, e *Engine) error {
	list, err := e.List(ctx)
	if err != nil {
		return err
	}
	var errs []error
	runs := map[string]bool{}
	for _, each := range list {
		runs[each.ID] = each.State.Running
		if each.State.Running && unix.Kill(each.State.Pid, 0) != nil {
			errs = append(errs, fmt.Errorf("%s is said to run, and process %d is not there", each.Name, each.State.Pid))
		}
		if each.HostConfig.AutoRemove && !each.State.Running {
			errs = append(errs, fmt.Errorf("%s, of --rm, is still there: %+v", each.Name, each.State))
		}
		if each.State.Status == container.Dead {
			errs = append(errs, fmt.Errorf("%s is damaged: %s", each.Name, each.State.Error))
		}
	}
	for _, each := range processes() {
		isOurs := (each.args[0] == wire.ShimArg || each.args[0] == wire.FinishArg) && slices.Contains(each.args, e.root)
		if isOurs && !slices.ContainsFunc(each.args, func(id string) bool { return runs[id] }) {
			errs = append(errs, fmt.Errorf("process %d %v belongs to nothing that runs", each.pid, each.args))
		}
	}
	for place, pattern := range map[string]string{
		"the runtime's state": filepath.Join(e.states, "[0-9a-f]*"),
		"a cgroup":            "/sys/fs/cgroup/*/mini-docker/[0-9a-f]*",
		"a cgroup of v2":      "/sys/fs/cgroup/mini-docker/[0-9a-f]*",
	} {
		found, _ := filepath.Glob(pattern)
		for _, each := range found {
			if running, isOurs := runs[filepath.Base(each)]; isOurs && !running || !isOurs && place == "the runtime's state" {
				errs = append(errs, fmt.Errorf("%s is left: %s", place, each))
			}
		}
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil || strings.Contains(string(mounts), e.root) {
		errs = append(errs, fmt.Errorf("something is mounted below %s: %w", e.root, err))
	}
	return errors.Join(errs...)
}
