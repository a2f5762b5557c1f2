package minidocker

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/hardening"
	"drydock/mini-docker/engine/limits"
	"drydock/mini-k8s/kubelet/cri"
)

// CreateContainer implements cri.Containers.
func (r *Runtime) CreateContainer(ctx context.Context, config cri.ContainerConfig) (id string, err error) {
	pod, err := r.inspect(ctx, config.Sandbox)
	if err != nil {
		return "", err
	}
	c, err := r.engine.Create(ctx, createOptions(config, pod))
	switch {
	case errors.Is(err, engine.ErrNoLimits):
		return "", fmt.Errorf("%w: %w", cri.ErrNoLimits, err)
	case err != nil:
		return "", err
	}
	r.note(c)
	c.Release()
	return c.ID, nil
}

// createOptions says the same in the engine's terms.
func createOptions(config cri.ContainerConfig, pod *container.Container) engine.CreateOptions {
	labels, attempt := pod.Config.Labels, strconv.Itoa(config.Attempt)
	o := engine.CreateOptions{
		Image: config.Image, Args: config.Args,
		Name: nameOf(config.Name, labels[labelPod], labels[labelNamespace], config.PodUID, attempt),
		Env:  config.Env, User: config.Security.User, WorkingDir: config.WorkingDir,
		Labels: map[string]string{
			labelType: typeContainer, labelUID: config.PodUID, labelPod: labels[labelPod], labelNamespace: labels[labelNamespace],
			labelSandbox: pod.ID, labelContainer: config.Name, labelAttempt: attempt, labelHash: config.Hash,
		},
		TTY: config.TTY, OpenStdin: config.Stdin, Detached: !config.StdinOnce, ReadOnly: config.Security.ReadOnlyRoot, Waits: true,
		CgroupParent: cgroupOf(config.PodUID),
		Limits: limits.Limits{
			CPUShares: config.Resources.CPUShares, NanoCPUs: config.Resources.NanoCPUs, Memory: config.Resources.MemoryBytes,
		},
		Hardening: hardening.Settings{
			CapAdd: config.Security.Add, CapDrop: config.Security.Drop, Privileged: config.Security.Privileged,
		},
	}
	if len(config.Command) > 0 {
		o.Entrypoint = &config.Command
	}
	if config.Security.NoNewPrivileges {
		o.Hardening.SecurityOpt = []string{"no-new-privileges"}
	}
	for _, each := range config.Mounts {
		o.Mounts = append(o.Mounts, engine.Bind(each.Source, each.Destination, each.ReadOnly))
	}
	return engine.JoinPod(o, pod.ID, config.ShareProcesses)
}

// StartContainer implements cri.Containers.
func (r *Runtime) StartContainer(ctx context.Context, id string) error {
	c, err := r.inspect(ctx, id)
	if err != nil {
		return err
	}
	owned, err := r.engine.Own(ctx, c)
	if err != nil {
		return err
	}
	return r.start(ctx, owned)
}

// StopContainer implements cri.Containers.
func (r *Runtime) StopContainer(ctx context.Context, id string, grace time.Duration) error {
	c, err := r.inspect(ctx, id)
	if errors.Is(err, cri.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	err = r.engine.Stop(ctx, c, engine.StopOptions{Timeout: max(grace, 0)})
	if errors.Is(err, container.ErrNotExist) {
		return nil
	}
	return err
}

// AwaitEnd implements cri.Containers.
func (r *Runtime) AwaitEnd(ctx context.Context, id string) error {
	c, err := r.inspect(ctx, id)
	if err == nil {
		_, err = r.engine.Wait(ctx, c)
	}
	if errors.Is(err, cri.ErrNotFound) || errors.Is(err, container.ErrNotExist) {
		return nil
	}
	return err
}

// RemoveContainer implements cri.Containers.
func (r *Runtime) RemoveContainer(ctx context.Context, id string) error { return r.remove(ctx, id) }

// ListContainers implements cri.Containers.
func (r *Runtime) ListContainers(ctx context.Context, podUID string) ([]cri.Container, error) {
	found, err := r.list(ctx, typeContainer, podUID)
	containers := make([]cri.Container, len(found))
	for i, each := range found {
		containers[i] = containerOf(each)
	}
	return containers, err
}

func containerOf(c *container.Container) cri.Container {
	labels := c.Config.Labels
	attempt, _ := strconv.Atoi(labels[labelAttempt]) // our own writing
	found := cri.Container{
		ID: c.ID, PodUID: labels[labelUID], Sandbox: labels[labelSandbox],
		Name: labels[labelContainer], Attempt: attempt, Hash: labels[labelHash], Image: c.Config.Image, ImageID: c.Image,
		Created: c.Created, Started: c.State.StartedAt, Finished: c.State.FinishedAt,
		State: cri.Created, ExitCode: c.State.ExitCode, Message: c.State.Error,
	}
	switch c.State.Status {
	case container.Running, container.Paused:
		found.State = cri.Running
	case container.Exited, container.Dead:
		found.State = cri.Exited
	case container.Created:
		if c.State.Error != "" { // its start failed, which Kubernetes takes for an end
			found.State, found.Reason, found.Finished = cri.Exited, "StartError", c.Created
		}
	}
	if found.State == cri.Exited && found.Reason == "" {
		found.Reason = reasonOf(c.State)
	}
	return found
}

// reasonOf says in Kubernetes' words why a container ended.
func reasonOf(state container.State) string {
	switch {
	case state.OOMKilled:
		return "OOMKilled"
	case state.ExitCode == 0 && state.Status == container.Exited:
		return "Completed"
	}
	return "Error"
}
