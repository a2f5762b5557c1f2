package kubelet

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"drydock/mini-k8s/kubelet/cri"
	"drydock/mini-k8s/kubelet/podspec"
	"drydock/mini-k8s/kubelet/volume"

	corev1 "k8s.io/api/core/v1"
)

// start makes a container and starts it. Before is the one of the name that was
// made last, or nil; one that was never started is made anew.
func (m *member) start(ctx context.Context, c corev1.Container, before *cri.Container) {
	if !m.ensureImage(ctx, c) {
		return
	}
	s := m.surroundings
	if before != nil {
		s.Attempt = before.Attempt + 1
	}
	if before != nil && before.State == cri.Created {
		s.Attempt = before.Attempt
		if m.failed(c, m.config.Runtime.RemoveContainer(ctx, before.ID)) {
			return
		}
	}
	config, err := m.configure(ctx, c, s)
	if err != nil {
		m.waits(c, "CreateContainerConfigError", err.Error())
		m.events.Warning(m.api, "Failed", "Error: %v", err)
		m.queue.AddAfter(m.pod.uid, firstRetry)
		return
	}
	id, err := m.create(ctx, config)
	if err != nil {
		m.waits(c, "CreateContainerError", err.Error())
		m.events.Warning(m.api, "Failed", "Error: %v", err)
		m.queue.AddAfter(m.pod.uid, firstRetry)
		return
	}
	m.events.Normal(m.api, "Created", "Created container: %s", c.Name)
	m.config.Metrics.Add("kubelet_started_containers_total", "", 1)
	if err := m.config.Runtime.StartContainer(ctx, id); err != nil {
		m.config.Metrics.Add("kubelet_started_containers_errors_total", "", 1)
		m.waits(c, "RunContainerError", err.Error())
		m.events.Warning(m.api, "Failed", "Error: %v", err)
	} else {
		m.events.Normal(m.api, "Started", "Started container %s", c.Name)
		delete(m.pod.waiting, c.Name)
	}
	m.prune(ctx, c.Name)
	m.queue.Add(m.pod.uid) // to see it run
}

// configure says what a container is to be like.
func (m *member) configure(ctx context.Context, c corev1.Container, s podspec.Surroundings) (cri.ContainerConfig, error) {
	mounts, err := volume.Mounts(c, m.volumes)
	if err != nil {
		return cri.ContainerConfig{}, err
	}
	if !m.api.Spec.HostNetwork {
		mounts = append(mounts, cri.Mount{Source: filepath.Join(m.folder(m.pod.uid), "etc-hosts"), Destination: "/etc/hosts"})
	}
	s.Mounts = mounts
	return podspec.Container(ctx, m.api, c, s)
}

// create makes a container; without limits where there can be none, which people
// are told.
func (m *member) create(ctx context.Context, config cri.ContainerConfig) (id string, err error) {
	id, err = m.config.Runtime.CreateContainer(ctx, config)
	if !errors.Is(err, cri.ErrNoLimits) {
		return id, err
	}
	if !m.pod.limits {
		m.events.Warning(m.api, "LimitsNotEnforced", "The limits of the pod's containers do not hold on this node: %v", err)
		m.pod.limits = true
	}
	config.Resources = cri.Resources{}
	return m.config.Runtime.CreateContainer(ctx, config)
}

// ensureImage sees to it that a container's image is here, or notes why it is not.
func (m *member) ensureImage(ctx context.Context, c corev1.Container) bool {
	_, err := m.config.Runtime.ImageID(ctx, c.Image)
	isHere := err == nil
	switch {
	case isHere && c.ImagePullPolicy != corev1.PullAlways:
		m.events.Normal(m.api, "Pulled", "Container image %q already present on machine", c.Image)
		return true
	case !isHere && c.ImagePullPolicy == corev1.PullNever:
		m.waits(c, "ErrImageNeverPull", fmt.Sprintf("Container image %q is not present with pull policy of Never", c.Image))
		m.events.Warning(m.api, "ErrImageNeverPull", "Container image %q is not present with pull policy of Never", c.Image)
		m.queue.AddAfter(m.pod.uid, firstRetry)
		return false
	}
	now := m.config.Now()
	r := m.pod.retry("image of "+c.Name, now)
	if wait := r.failed.Add(r.wait).Sub(now); r.wait > 0 && wait > 0 {
		if m.waits(c, "ImagePullBackOff", fmt.Sprintf("Back-off pulling image %q", c.Image)) {
			m.events.Normal(m.api, "BackOff", "Back-off pulling image %q", c.Image)
		}
		m.queue.AddAfter(m.pod.uid, wait)
		return false
	}
	m.events.Normal(m.api, "Pulling", "Pulling image %q", c.Image)
	if err := m.config.Runtime.PullImage(ctx, c.Image); err != nil {
		r.fail(now)
		m.waits(c, "ErrImagePull", err.Error())
		m.events.Warning(m.api, "Failed", "Failed to pull image %q: %v", c.Image, err)
		m.events.Warning(m.api, "Failed", "Error: ErrImagePull")
		m.queue.Add(m.pod.uid)
		return false
	}
	*r = retry{}
	m.events.Normal(m.api, "Pulled", "Successfully pulled image %q in %s", c.Image, m.config.Now().Sub(now).Round(time.Millisecond))
	return true
}

// prune removes the containers of a name that have ended, but for the last: what
// that wrote is kept for `logs --previous`.
func (m *member) prune(ctx context.Context, name string) {
	v, err := m.observe(ctx, m.pod.uid)
	if err != nil {
		return // the next time
	}
	kept := 0
	for _, each := range v.containers {
		if each.Name != name {
			continue
		}
		if kept++; kept > 2 && each.State != cri.Running {
			m.config.Runtime.RemoveContainer(ctx, each.ID) // fails: the next time
		}
	}
	m.view = v
}

// waits notes why a container does not run, and reports whether that is news.
func (m *member) waits(c corev1.Container, reason, message string) bool {
	now := corev1.ContainerStateWaiting{Reason: reason, Message: message}
	isNews := m.pod.waiting[c.Name] != now
	m.pod.waiting[c.Name] = now
	return isNews
}

// failed tells of an error that nobody expects, and has the pod looked at again.
func (m *member) failed(c corev1.Container, err error) bool {
	if err != nil {
		m.events.Warning(m.api, "Failed", "Container %s: %v", c.Name, err)
		m.queue.AddAfter(m.pod.uid, firstRetry)
	}
	return err != nil
}
