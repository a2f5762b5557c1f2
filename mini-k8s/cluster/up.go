package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"drydock/mini-docker/flock"
	"drydock/mini-k8s/client"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
)

// How long the parts of a cluster may take on the slowest of machines, and how
// often somebody looks.
const (
	startTime = 2 * time.Minute
	endTime   = 30 * time.Second
	pause     = 10 * time.Millisecond
)

// Up starts the cluster, and returns when all its nodes are ready. keep is the
// command that calls Keep. The error is ErrRunning if it runs.
func (c *Cluster) Up(ctx context.Context, keep []string, nodes int, progress func(string)) (err error) {
	if nodes < 1 || nodes > mostNodes {
		return fmt.Errorf("a cluster has 1 to %d nodes here, not %d", mostNodes, nodes)
	}
	if err := c.sweep(); err != nil {
		return err
	}
	if err := errors.Join(c.make(), os.MkdirAll(c.Logs(), 0o700)); err != nil {
		return err
	}
	keeper, err := c.launch(keep)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- keeper.Wait() }()
	ctx, cancel := context.WithTimeoutCause(ctx, startTime, fmt.Errorf("the cluster was not ready after %v", startTime))
	defer cancel()
	lost := context.AfterFunc(ctx, func() { _ = keeper.Process.Signal(unix.SIGTERM) }) // fails when it has ended
	defer lost()
	if err := c.await(ctx, ended, func() bool { _, err := os.Stat(c.Kubeconfig()); return err == nil }); err != nil {
		return err
	}
	progress("control plane ready")
	return c.awaitNodes(ctx, ended, nodes, progress)
}

// launch starts the keeper, in a session of its own: no terminal's end is its own.
func (c *Cluster) launch(keep []string) (*exec.Cmd, error) {
	log, err := os.OpenFile(filepath.Join(c.Logs(), "keeper.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	keeper := exec.Command("/proc/self/exe", keep...)
	keeper.Args[0] = "mini-k8s"
	keeper.Stdout, keeper.Stderr, keeper.Dir = log, log, "/"
	keeper.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := keeper.Start(); err != nil {
		return nil, fmt.Errorf("starting the cluster: %w", err)
	}
	return keeper, nil
}

// await waits for a fact as long as the keeper lives, and says else what it said
// last.
func (c *Cluster) await(ctx context.Context, ended <-chan error, is func() bool) error {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	said, _ := os.Open(filepath.Join(c.Logs(), "keeper.log")) // it removes the name when it ends
	if said != nil {
		defer said.Close()
	}
	for !is() {
		select {
		case <-tick.C:
		case err := <-ended:
			text := make([]byte, 64<<10)
			n, _ := said.Read(text) // nothing is what it said, then
			lines := strings.Split(strings.TrimSpace(string(text[:n])), "\n")
			return fmt.Errorf("starting the cluster: %s (%v)", strings.TrimPrefix(lines[len(lines)-1], "mini-k8s: "), err)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// awaitNodes waits until all nodes are ready, and tells of each.
func (c *Cluster) awaitNodes(ctx context.Context, ended <-chan error, count int, progress func(string)) error {
	api, err := client.Load(c.Kubeconfig())
	if err != nil {
		return err
	}
	ready := map[string]bool{}
	return c.await(ctx, ended, func() bool {
		nodes, err := client.Of[corev1.Node](api).List(ctx, "", client.Selector{})
		if err != nil {
			return false
		}
		for _, each := range nodes {
			if isReady(each) && !ready[each.Name] {
				ready[each.Name] = true
				progress(each.Name + " ready")
			}
		}
		return len(ready) >= count
	})
}

func isReady(n corev1.Node) bool {
	for _, each := range n.Status.Conditions {
		if each.Type == corev1.NodeReady {
			return each.Status == corev1.ConditionTrue
		}
	}
	return false
}

// sweep removes what a keeper left that was killed. The error is ErrRunning if
// there is one that lives.
func (c *Cluster) sweep() error {
	lock, err := flock.Take(c.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, flock.ErrHeld):
		return ErrRunning
	case err != nil:
		return err
	}
	defer lock.Release()
	return c.forget()
}

// Down ends the cluster and waits until nothing of it is left.
func (c *Cluster) Down(ctx context.Context) error {
	if _, err := os.Stat(c.dir); errors.Is(err, fs.ErrNotExist) {
		return ErrNotRunning
	}
	ctx, cancel := context.WithTimeoutCause(ctx, endTime, fmt.Errorf("the cluster did not end within %v: kill its keeper", endTime))
	defer cancel()
	for {
		err := c.sweep()
		if !errors.Is(err, ErrRunning) {
			return err
		}
		// Who holds the lock wrote the record: its number is nobody else's.
		if r, err := c.record(); err == nil {
			_ = unix.Kill(r.Keeper, unix.SIGTERM) // fails when it has ended
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// record is what the keeper wrote down.
func (c *Cluster) record() (r record, err error) {
	text, err := os.ReadFile(filepath.Join(c.dir, "record"))
	if errors.Is(err, fs.ErrNotExist) {
		return r, ErrNotRunning
	}
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(text, &r)
}
