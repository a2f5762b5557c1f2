package minidocker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/endpoint"
	"drydock/mini-k8s/kubelet/cri"
)

// RunPodSandbox implements cri.Sandboxes.
func (r *Runtime) RunPodSandbox(ctx context.Context, config cri.SandboxConfig) (cri.Sandbox, error) {
	before, err := r.list(ctx, typeSandbox, config.PodUID)
	if err != nil {
		return cri.Sandbox{}, err
	}
	attempt := fmt.Sprint(len(before))
	o := engine.PodOptions{
		Name:     nameOf("POD", config.Name, config.Namespace, config.PodUID, attempt),
		Hostname: config.Hostname, CgroupParent: cgroupOf(config.PodUID),
		Labels: map[string]string{
			labelType: typeSandbox, labelUID: config.PodUID, labelPod: config.Name, labelNamespace: config.Namespace,
		},
		Network: endpoint.Options{
			Mode: "none", DNS: config.DNS.Servers, DNSSearch: config.DNS.Searches, DNSOptions: config.DNS.Options,
		},
	}
	if config.HostNetwork {
		o.Network.Mode, o.Hostname = "host", ""
	}
	pod, err := r.engine.CreatePod(ctx, o)
	if err == nil {
		r.note(pod)
		err = r.start(ctx, pod)
	}
	if err != nil {
		return cri.Sandbox{}, fmt.Errorf("starting the sandbox of pod %s/%s: %w", config.Namespace, config.Name, err)
	}
	return sandboxOf(pod), nil
}

// cgroupOf is the group above those of all containers of a pod.
func cgroupOf(podUID string) string { return "/mini-docker/pod" + podUID }

// StopPodSandbox implements cri.Sandboxes. Where the containers have their own
// processes they would outlive the sandbox's, so they are killed before it.
func (r *Runtime) StopPodSandbox(ctx context.Context, id string) error {
	pod, err := r.inspect(ctx, id)
	if errors.Is(err, cri.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	members, err := r.members(ctx, id)
	for _, each := range append(members, pod) {
		err = errors.Join(err, r.engine.Stop(ctx, each, engine.StopOptions{Timeout: 0}))
	}
	return err
}

// RemovePodSandbox implements cri.Sandboxes.
func (r *Runtime) RemovePodSandbox(ctx context.Context, id string) error {
	members, err := r.members(ctx, id)
	for _, each := range members {
		err = errors.Join(err, r.remove(ctx, each.ID))
	}
	return errors.Join(err, r.remove(ctx, id))
}

// members are the containers of a sandbox.
func (r *Runtime) members(ctx context.Context, sandbox string) ([]*container.Container, error) {
	all, err := r.list(ctx, typeContainer, "")
	var found []*container.Container
	for _, each := range all {
		if each.Config.Labels[labelSandbox] == sandbox {
			found = append(found, each)
		}
	}
	return found, err
}

// ListPodSandboxes implements cri.Sandboxes.
func (r *Runtime) ListPodSandboxes(ctx context.Context, podUID string) ([]cri.Sandbox, error) {
	found, err := r.list(ctx, typeSandbox, podUID)
	sandboxes := make([]cri.Sandbox, len(found))
	for i, each := range found {
		sandboxes[i] = sandboxOf(each)
	}
	return sandboxes, err
}

func sandboxOf(c *container.Container) cri.Sandbox {
	s := cri.Sandbox{
		ID: c.ID, PodUID: c.Config.Labels[labelUID], Namespace: c.Config.Labels[labelNamespace], Name: c.Config.Labels[labelPod],
		Ready: c.State.Running, Created: c.Created.Truncate(time.Second),
	}
	if s.Ready && c.HostConfig.NetworkMode == "none" {
		s.NetworkNamespace = c.NetworkNamespace()
	}
	return s
}
