package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/cluster"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ground is the folder in which clusters are made.
type ground struct {
	dir     string
	program string
}

// command runs a command of mini-k8s to its end.
func (g *ground) command(ctx context.Context, args ...string) error {
	command := exec.CommandContext(ctx, g.program, args...)
	command.Env = append(command.Environ(), "MINI_K8S_ROOT="+filepath.Join(g.dir, "clusters"))
	if said, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("mini-k8s %s: %w: %s", args[0], err, strings.TrimSpace(string(said)))
	}
	return nil
}

// within runs something while there is a cluster of three nodes, and returns how
// long it took to be ready.
func (g *ground) within(ctx context.Context, do func(*cluster.Cluster) error) (ready time.Duration, err error) {
	defer func() { err = errors.Join(err, g.command(context.WithoutCancel(ctx), "down")) }()
	began := time.Now()
	if err := g.command(ctx, "up", "--nodes", "3"); err != nil {
		return 0, err
	}
	ready = time.Since(began)
	c, err := cluster.At(filepath.Join(g.dir, "clusters"), "mini-k8s")
	if err != nil {
		return 0, err
	}
	return ready, do(c)
}

// up times the start of clusters.
func (g *ground) up(ctx context.Context) (string, error) {
	var times []time.Duration
	for range 5 {
		ready, err := g.within(ctx, func(*cluster.Cluster) error { return nil })
		if err != nil {
			return "", err
		}
		times = append(times, ready)
	}
	return seconds(quantile(times, 50)), nil
}

// memory adds up what the processes of the control plane keep: what several share
// counts once, see proc_pid_smaps_rollup(5), Pss.
func (g *ground) memory(ctx context.Context) (string, error) {
	total := 0
	_, err := g.within(ctx, func(c *cluster.Cluster) error {
		status, err := c.Status(ctx)
		if err != nil {
			return err
		}
		for _, each := range status.Processes {
			if each.Node != "" {
				continue
			}
			size, err := proportional(each.PID)
			if err != nil {
				return fmt.Errorf("memory of %s: %w", each.Name, err)
			}
			total += size
		}
		return nil
	})
	return fmt.Sprintf("%d MB", total/1000), err
}

// proportional is the size of a process in kilobytes.
func proportional(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), "\nPss:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0, errors.New("smaps_rollup does not tell of Pss")
	}
	return strconv.Atoi(fields[0])
}

// pods times pods one after the other, on nodes that have the image but for the
// first ones.
func (g *ground) pods(ctx context.Context) (string, error) {
	var times []time.Duration
	_, err := g.within(ctx, func(c *cluster.Cluster) error {
		api, err := client.Load(c.Kubeconfig())
		if err != nil {
			return err
		}
		for i := range 53 {
			took, err := startPod(ctx, client.Of[corev1.Pod](api), fmt.Sprint("bench-", i))
			if err != nil {
				return err
			}
			if i >= 3 { // before, nodes unpack the image
				times = append(times, took)
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("p50 %d ms, p99 %d ms", quantile(times, 50).Milliseconds(), quantile(times, 99).Milliseconds()), nil
}

// startPod creates a pod and waits until it is said to be running.
func startPod(ctx context.Context, pods *client.Resource[corev1.Pod], name string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	began, grace := time.Now(), int64(0)
	_, err := pods.Create(ctx, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}, Spec: corev1.PodSpec{
		TerminationGracePeriodSeconds: &grace, Containers: []corev1.Container{{Name: "box", Image: "mini/box", Command: []string{"sleep", "600"}}},
	}})
	if err != nil {
		return 0, err
	}
	for event, err := range pods.Watch(ctx, "default", client.Selector{Fields: "metadata.name=" + name}, "") {
		if err != nil {
			return 0, err
		}
		if event.Object != nil && event.Object.Status.Phase == corev1.PodRunning {
			took := time.Since(began)
			return took, pods.Delete(ctx, "default", name)
		}
	}
	return 0, fmt.Errorf("pod %s did not run: %w", name, context.Cause(ctx))
}
