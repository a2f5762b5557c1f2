package kubelet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/kubelet/cri"
	"drydock/mini-k8s/kubelet/probe"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// graceOf is how long a pod that is deleted may take to end.
func graceOf(api *corev1.Pod) time.Duration {
	if seconds := api.DeletionGracePeriodSeconds; seconds != nil {
		return time.Duration(*seconds) * time.Second
	}
	return grace(api)
}

// end ends a pod that is deleted: its containers first, then its sandbox, and its
// object last, so that nobody takes its place before it has left. Of one whose
// object is gone already, api is nil.
func (k *Kubelet) end(ctx context.Context, p *pod, api *corev1.Pod) error {
	v, err := k.observe(ctx, p.uid)
	if err != nil {
		return err
	}
	if err := k.stop(ctx, p, api, v); err != nil {
		return err
	}
	if v, err = k.observe(ctx, p.uid); err != nil {
		return err
	}
	if api != nil {
		if err := k.tell(ctx, p, api, v, true); err != nil {
			return err
		}
	}
	if err := k.remove(ctx, p, v); err != nil {
		return err
	}
	if api == nil {
		k.forget(p.uid)
		return nil
	}
	var now int64
	err = k.cache.Delete(ctx, client.KeyOf(api), metav1.DeleteOptions{
		GracePeriodSeconds: &now, Preconditions: &metav1.Preconditions{UID: &p.uid},
	})
	if client.IsNotFound(err) || client.IsConflict(err) {
		return nil
	}
	return err
}

// stop ends all containers of a pod at the same time, and those that were to go on
// beside the others after them.
func (k *Kubelet) stop(ctx context.Context, p *pod, api *corev1.Pod, v view) error {
	stopping, cancel := context.WithCancel(ctx)
	defer cancel()
	p.mutex.Lock()
	p.interrupt = cancel
	wait := time.Second // for one that is gone: as little as makes sense
	if p.api != nil && p.api.DeletionTimestamp != nil {
		wait = graceOf(p.api)
	} else if p.api != nil {
		wait = grace(p.api)
	}
	p.mutex.Unlock()
	deadline := k.config.Now().Add(wait)
	var first, last []cri.Container
	for _, each := range v.containers {
		k.prober.Forget(each.ID)
		if each.State != cri.Running {
			continue
		}
		if isInit(api, each.Name) {
			last = append(last, each)
		} else {
			first = append(first, each)
		}
	}
	return errors.Join(k.stopAll(stopping, api, first, deadline), k.stopAll(stopping, api, last, deadline))
}

func isInit(api *corev1.Pod, name string) bool {
	return api != nil && containerOf(api.Spec.InitContainers, name) != nil
}

// containerOf is what a pod says of a container.
func containerOf(list []corev1.Container, name string) *corev1.Container {
	for i := range list {
		if list[i].Name == name {
			return &list[i]
		}
	}
	return nil
}

func (k *Kubelet) stopAll(ctx context.Context, api *corev1.Pod, containers []cri.Container, deadline time.Time) error {
	errs := make([]error, len(containers))
	var group sync.WaitGroup
	for i, each := range containers {
		group.Go(func() {
			if api != nil {
				k.events.Normal(api, "Killing", "Stopping container %s", each.Name)
				k.beforeStop(ctx, api, each, deadline)
			}
			errs[i] = k.config.Runtime.StopContainer(ctx, each.ID, deadline.Sub(k.config.Now()))
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// beforeStop does what a container wants done before it is asked to end, within
// the time it has for its end.
func (k *Kubelet) beforeStop(ctx context.Context, api *corev1.Pod, c cri.Container, deadline time.Time) {
	said := containerOf(api.Spec.Containers, c.Name)
	if said == nil || said.Lifecycle == nil || said.Lifecycle.PreStop == nil {
		return
	}
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	hook := said.Lifecycle.PreStop
	if hook.Sleep != nil {
		select {
		case <-time.After(time.Duration(hook.Sleep.Seconds) * time.Second):
		case <-ctx.Done():
		}
		return
	}
	err := probe.Checker{Runtime: k.config.Runtime}.Check(ctx, corev1.ProbeHandler{Exec: hook.Exec, HTTPGet: hook.HTTPGet},
		probe.Target{ID: c.ID, Sandbox: c.Sandbox, Address: k.addressOf(api), Container: *said})
	if err != nil {
		k.events.Warning(api, "FailedPreStopHook", "PreStopHook failed: %v", err)
	}
}

// release stops a pod's sandbox, and gives its address back.
func (k *Kubelet) release(ctx context.Context, p *pod, v view) error {
	for _, each := range v.sandboxes {
		if err := k.config.Runtime.StopPodSandbox(ctx, each.ID); err != nil {
			return err
		}
	}
	if k.config.Network == nil {
		return nil
	}
	if err := k.config.Network.Del(ctx, string(p.uid)); err != nil {
		return fmt.Errorf("giving the address of pod %s back: %w", p.uid, err)
	}
	return nil
}

// remove removes all that there is of a pod on this node.
func (k *Kubelet) remove(ctx context.Context, p *pod, v view) error {
	if err := k.release(ctx, p, v); err != nil {
		return err
	}
	for _, each := range v.sandboxes {
		if err := k.config.Runtime.RemovePodSandbox(ctx, each.ID); err != nil {
			return err
		}
	}
	for _, each := range v.containers { // those whose sandbox was removed by other hands
		if err := k.config.Runtime.RemoveContainer(ctx, each.ID); err != nil {
			return err
		}
	}
	return os.RemoveAll(k.folder(p.uid))
}
