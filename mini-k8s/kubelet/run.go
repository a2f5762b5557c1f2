package kubelet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"drydock/mini-k8s/kubelet/cri"
	"drydock/mini-k8s/kubelet/podspec"
	"drydock/mini-k8s/kubelet/probe"
	"drydock/mini-k8s/kubelet/status"
	"drydock/mini-k8s/kubelet/volume"

	corev1 "k8s.io/api/core/v1"
)

// run starts what a pod wants and does not have, as far as it may now: its sandbox,
// its volumes, the containers that come first one after the other, and then all
// others.
func (k *Kubelet) run(ctx context.Context, p *pod, api *corev1.Pod) error {
	v, err := k.observe(ctx, p.uid)
	if err != nil {
		return err
	}
	if v.sandbox() == nil {
		if hasEnded(api, v) {
			return nil
		}
		if v, err = k.startSandbox(ctx, p, api, v); err != nil {
			k.events.Warning(api, "FailedCreatePodSandBox", "Failed to create pod sandbox: %v", err)
			return err
		}
	}
	s := podspec.Surroundings{
		Sandbox: v.sandbox().ID, PodIP: k.addressOf(api), HostIP: k.config.Address.String(),
		Services: k.source.environment(api), Sources: k.source,
	}
	paths, err := volume.SetUp(ctx, filepath.Join(k.folder(p.uid), "volumes"), api, s)
	if err != nil {
		k.events.Warning(api, "FailedMount", "%v", err)
		return err
	}
	m := &member{Kubelet: k, pod: p, api: api, view: v, surroundings: s, volumes: paths}
	for _, each := range api.Spec.InitContainers {
		if !m.initialize(ctx, each) {
			return nil
		}
	}
	for _, each := range api.Spec.Containers {
		m.keep(ctx, each)
	}
	return nil
}

// hasEnded reports whether all containers of a pod have ended for good: it needs
// no sandbox any more.
func hasEnded(api *corev1.Pod, v view) bool {
	for _, each := range api.Spec.Containers {
		found := v.youngest(each.Name)
		if found == nil || found.State != cri.Exited || mayRestart(api, found) {
			return false
		}
	}
	return true
}

// mayRestart says whether a container that has ended is to run again.
func mayRestart(api *corev1.Pod, c *cri.Container) bool {
	switch api.Spec.RestartPolicy {
	case corev1.RestartPolicyAlways:
		return true
	case corev1.RestartPolicyOnFailure:
		return c.ExitCode != 0
	}
	return false
}

// startSandbox makes a sandbox and connects it. What is left of one that died goes
// first: what runs in it has a network that the pod has no more.
func (k *Kubelet) startSandbox(ctx context.Context, p *pod, api *corev1.Pod, v view) (view, error) {
	for i, old := range v.sandboxes {
		if i == 0 {
			k.events.Normal(api, "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.")
		}
		if err := k.config.Runtime.StopPodSandbox(ctx, old.ID); err != nil {
			return v, err
		}
	}
	sandbox, err := k.config.Runtime.RunPodSandbox(ctx, podspec.Sandbox(api, k.config.Cluster))
	if err != nil {
		return v, err
	}
	k.config.Metrics.Add("kubelet_started_pods_total", "", 1)
	if err := k.connect(ctx, p, api, sandbox); err != nil {
		return v, errors.Join(err, k.config.Runtime.RemovePodSandbox(ctx, sandbox.ID))
	}
	for _, old := range v.sandboxes {
		if isEmpty(old, v.containers) { // else it stays: its containers' logs can be read, and are counted
			err = errors.Join(err, k.config.Runtime.RemovePodSandbox(ctx, old.ID))
		}
	}
	if err != nil {
		return v, err
	}
	return k.observe(ctx, p.uid)
}

func isEmpty(sandbox cri.Sandbox, containers []cri.Container) bool {
	return !slices.ContainsFunc(containers, func(c cri.Container) bool { return c.Sandbox == sandbox.ID })
}

// connect gives a sandbox its address, and writes that down where a kubelet that
// starts finds it.
func (k *Kubelet) connect(ctx context.Context, p *pod, api *corev1.Pod, sandbox cri.Sandbox) error {
	folder, address := k.folder(p.uid), ""
	if k.config.Network != nil && sandbox.NetworkNamespace != "" {
		given, err := k.config.Network.Add(ctx, string(p.uid), sandbox.NetworkNamespace)
		if err != nil {
			return fmt.Errorf("setting up network: %w", err)
		}
		address = given.String()
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	hosts := podspec.Hosts(api, address, k.config.Cluster.Domain)
	return errors.Join(os.WriteFile(filepath.Join(folder, "etc-hosts"), []byte(hosts), 0o644),
		os.WriteFile(filepath.Join(folder, "address"), []byte(address), 0o644))
}

// addressOf is a pod's address: its own, or its node's.
func (k *Kubelet) addressOf(api *corev1.Pod) string {
	if api.Spec.HostNetwork {
		return k.config.Address.String()
	}
	text, err := os.ReadFile(filepath.Join(k.folder(api.UID), "address"))
	if err != nil {
		return "" // none yet
	}
	return strings.TrimSpace(string(text))
}

// member is a pod whose sandbox runs, and whose containers are being looked at.
type member struct {
	*Kubelet
	pod          *pod
	api          *corev1.Pod
	view         view
	surroundings podspec.Surroundings
	volumes      map[string]string
}

// initialize runs a container that comes before others, and reports whether it is
// the next one's turn.
func (m *member) initialize(ctx context.Context, c corev1.Container) bool {
	found := m.view.youngest(c.Name)
	switch {
	case status.IsSidecar(c):
		m.keep(ctx, c)
		found = m.view.youngest(c.Name)
		return found != nil && found.State == cri.Running && m.prober.IsStarted(found.ID)
	case found == nil || found.State == cri.Created:
		m.start(ctx, c, found)
		return false
	case found.State == cri.Running:
		return false
	case found.ExitCode == 0:
		delete(m.pod.waiting, c.Name)
		return true
	}
	if m.api.Spec.RestartPolicy != corev1.RestartPolicyNever {
		m.restart(ctx, c, found)
	}
	return false
}

// keep sees to it that a container runs, as long as it is to.
func (m *member) keep(ctx context.Context, c corev1.Container) {
	found := m.view.youngest(c.Name)
	switch {
	case found == nil || found.State == cri.Created:
		m.start(ctx, c, found)
	case found.State == cri.Running:
		m.watch(ctx, c, found)
	case status.IsSidecar(c) || mayRestart(m.api, found):
		m.prober.Forget(found.ID)
		m.restart(ctx, c, found)
	default:
		m.prober.Forget(found.ID)
		delete(m.pod.waiting, c.Name)
	}
}

// watch has a container probed that runs. One that is not alive, or not any more
// what the pod says, is ended, upon which it is started again.
func (m *member) watch(ctx context.Context, c corev1.Container, found *cri.Container) {
	delete(m.pod.waiting, c.Name)
	var why string
	switch {
	case m.prober.IsDead(found.ID):
		why = fmt.Sprintf("Container %s failed liveness probe, will be restarted", c.Name)
	case found.Hash != podspec.Hash(c):
		why = fmt.Sprintf("Container %s definition changed, will be restarted", c.Name)
	default:
		m.prober.Watch(ctx, probe.Target{
			Pod: string(m.pod.uid), ID: found.ID, Sandbox: found.Sandbox, Address: m.surroundings.PodIP, Container: c,
		}, m.known(found))
		return
	}
	m.events.Normal(m.api, "Killing", "%s", why)
	m.prober.Forget(found.ID)
	m.failed(c, m.config.Runtime.StopContainer(ctx, found.ID, grace(m.api)))
	m.queue.Add(m.pod.uid)
}

// known is what the API server was told of a container by whoever was the kubelet
// before.
func (m *member) known(found *cri.Container) (k probe.Known) {
	for _, each := range append(m.api.Status.InitContainerStatuses, m.api.Status.ContainerStatuses...) {
		if each.ContainerID == status.Scheme+found.ID {
			k.Ready, k.Started = each.Ready, each.Started != nil && *each.Started
		}
	}
	return k
}

// restart starts a container again that has ended: the first time at once, and then
// later and later.
func (m *member) restart(ctx context.Context, c corev1.Container, found *cri.Container) {
	r := m.pod.retry(c.Name, found.Finished)
	if wait := found.Finished.Add(r.wait).Sub(m.config.Now()); wait > 0 {
		message := fmt.Sprintf("back-off %s restarting failed container=%s pod=%s_%s(%s)", r.wait, c.Name, m.api.Name, m.api.Namespace, m.pod.uid)
		if m.waits(c, "CrashLoopBackOff", message) {
			m.events.Warning(m.api, "BackOff", "Back-off restarting failed container %s in pod %s_%s(%s)", c.Name, m.api.Name, m.api.Namespace, m.pod.uid)
		}
		m.queue.AddAfter(m.pod.uid, wait)
		return
	}
	r.fail(found.Finished)
	m.start(ctx, c, found)
}

// grace is how long the pod's containers have to end.
func grace(api *corev1.Pod) time.Duration {
	seconds := int64(corev1.DefaultTerminationGracePeriodSeconds)
	if own := api.Spec.TerminationGracePeriodSeconds; own != nil {
		seconds = *own
	}
	return time.Duration(seconds) * time.Second
}
