package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"drydock/mini-k8s/client"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// replicaCount is how many replicas are scheduled.
const replicaCount = 300

// replicas times a Deployment until all its pods have a node, each time on a control
// plane of its own.
func (g *ground) replicas(ctx context.Context) (string, error) {
	var times []time.Duration
	for i := range 3 {
		took, err := g.schedule(ctx, filepath.Join(g.dir, fmt.Sprint("replicas-", i)))
		if err != nil {
			return "", err
		}
		times = append(times, took)
	}
	return seconds(quantile(times, 50)), nil
}

// schedule runs a control plane with hollow nodes for one Deployment.
func (g *ground) schedule(ctx context.Context, state string) (took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	config := filepath.Join(state, "pki", "admin.conf")
	api, stop, err := g.apiserver(ctx, state, config)
	if err != nil {
		return 0, err
	}
	defer stop()
	for _, args := range [][]string{{"controller-manager"}, {"scheduler"}, {"hollow", "--nodes", "10"}} {
		stop, err := g.start(ctx, append(args, "--kubeconfig", config, "--metrics-bind-address=")...)
		if err != nil {
			return 0, err
		}
		defer stop()
	}
	if err := await(ctx, func() bool { return readyNodes(ctx, api) == 10 }); err != nil {
		return 0, fmt.Errorf("waiting for hollow nodes: %w", err)
	}
	return deploy(ctx, api)
}

// apiserver starts an API server and waits until it is ready, which the file tells
// that it writes then.
func (g *ground) apiserver(ctx context.Context, state, config string) (*client.Client, func(), error) {
	stop, err := g.start(ctx, "apiserver", "--data-dir", state, "--secure-port", "0")
	if err != nil {
		return nil, nil, err
	}
	var api *client.Client
	err = await(ctx, func() bool {
		api, err = client.Load(config)
		return err == nil
	})
	if err != nil {
		stop()
		return nil, nil, fmt.Errorf("waiting for the API server: %w", err)
	}
	return api, stop, nil
}

// start starts a component, and returns what ends it.
func (g *ground) start(ctx context.Context, args ...string) (stop func(), err error) {
	command := exec.CommandContext(ctx, g.program, args...)
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", args[0], err)
	}
	return func() {
		_ = command.Process.Signal(os.Interrupt) // unless it has ended
		_ = command.Wait()                       // it was interrupted
	}, nil
}

// await waits for a fact.
func await(ctx context.Context, is func() bool) error {
	for !is() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

func readyNodes(ctx context.Context, api *client.Client) (ready int) {
	nodes, _ := client.Of[corev1.Node](api).List(ctx, "", client.Selector{}) // again, then
	for _, each := range nodes {
		for _, condition := range each.Status.Conditions {
			if condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue {
				ready++
			}
		}
	}
	return ready
}

// deploy creates the Deployment and watches its pods.
func deploy(ctx context.Context, api *client.Client) (time.Duration, error) {
	labels, count := map[string]string{"app": "bench"}, int32(replicaCount)
	began := time.Now()
	_, err := client.Of[appsv1.Deployment](api).Create(ctx, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "bench"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &count, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "box", Image: "mini/box"}}},
			},
		},
	})
	if err != nil {
		return 0, err
	}
	scheduled := map[string]bool{}
	for event, err := range client.Of[corev1.Pod](api).Watch(ctx, "default", client.Selector{}, "") {
		if err != nil {
			return 0, err
		}
		if event.Object != nil && event.Object.Spec.NodeName != "" {
			scheduled[event.Object.Name] = true
		}
		if len(scheduled) == replicaCount {
			return time.Since(began), nil
		}
	}
	return 0, errors.Join(fmt.Errorf("%d of %d replicas have a node", len(scheduled), replicaCount), context.Cause(ctx))
}
