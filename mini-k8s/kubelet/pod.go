package kubelet

import (
	"context"
	"fmt"
	"sync"
	"time"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/kubelet/cri"
	"drydock/mini-k8s/kubelet/podspec"
	"drydock/mini-k8s/kubelet/status"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"
)

// pod is what a kubelet remembers of one. But for what is behind the mutex, only
// the one who works on it (sync) reads and writes it.
type pod struct {
	uid     types.UID
	waiting map[string]corev1.ContainerStateWaiting // why a container does not run, by name
	retries map[string]*retry                       // by container name, and what is tried
	limits  bool                                    // people were told that limits do not hold

	mutex     sync.Mutex
	api       *corev1.Pod // as the API server has it; nil once it is gone
	last      *corev1.Pod // as it was last
	interrupt func()      // ends a stop that is under way, so that a faster one begins
}

func newPod(uid types.UID) *pod {
	return &pod{uid: uid, waiting: map[string]corev1.ContainerStateWaiting{}, retries: map[string]*retry{}, interrupt: func() {}}
}

// set takes over what the API server has. A deletion that has become more urgent
// does not wait for the one under way.
func (p *pod) set(now *corev1.Pod) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.api != nil && p.api.DeletionTimestamp != nil && (now == nil || graceOf(now) < graceOf(p.api)) {
		p.interrupt()
	}
	if p.api = now; now != nil {
		p.last = now
	}
}

func (p *pod) get() *corev1.Pod {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.api
}

// view is what there is of a pod now.
type view struct {
	sandboxes  []cri.Sandbox   // the youngest first
	containers []cri.Container // likewise
}

// observe asks the runtime, and to be told of what comes to an end.
func (k *Kubelet) observe(ctx context.Context, uid types.UID) (v view, err error) {
	if v.sandboxes, err = k.config.Runtime.ListPodSandboxes(ctx, string(uid)); err == nil {
		v.containers, err = k.config.Runtime.ListContainers(ctx, string(uid))
	}
	for _, each := range v.sandboxes {
		if each.Ready {
			k.await(ctx, uid, each.ID)
		}
	}
	for _, each := range v.containers {
		if each.State == cri.Running {
			k.await(ctx, uid, each.ID)
		}
	}
	return v, err
}

// sandbox is the one that runs, or nil.
func (v view) sandbox() *cri.Sandbox {
	if len(v.sandboxes) > 0 && v.sandboxes[0].Ready {
		return &v.sandboxes[0]
	}
	return nil
}

// youngest is the container of a name that was made last, or nil.
func (v view) youngest(name string) *cri.Container {
	for i := range v.containers {
		if v.containers[i].Name == name {
			return &v.containers[i]
		}
	}
	return nil
}

// sync brings a pod to what it should be.
func (k *Kubelet) sync(ctx context.Context, uid types.UID) error {
	p := k.pod(uid)
	api := p.get()
	switch {
	case api == nil:
		return k.end(ctx, p, nil)
	case api.DeletionTimestamp != nil:
		return k.end(ctx, p, api)
	case isOver(api):
		return k.rest(ctx, p, api)
	}
	if problems := podspec.Unsupported(api); problems != "" {
		return k.reject(ctx, p, api, "NotSupported", "mini-k8s does not support "+problems)
	}
	problem := k.run(ctx, p, api)
	v, err := k.observe(ctx, uid)
	if err != nil {
		return err
	}
	if err := k.tell(ctx, p, api, v, false); err != nil {
		return err
	}
	return problem
}

// isOver reports whether a pod has come to an end from which it does not begin
// again.
func isOver(api *corev1.Pod) bool {
	return api.Status.Phase == corev1.PodSucceeded || api.Status.Phase == corev1.PodFailed
}

// rest takes from a pod that has ended what only those need that run. What it has
// written stays to be read until it is deleted.
func (k *Kubelet) rest(ctx context.Context, p *pod, api *corev1.Pod) error {
	v, err := k.observe(ctx, p.uid)
	if err != nil || v.sandbox() == nil {
		return err
	}
	if err := k.stop(ctx, p, api, v); err != nil {
		return err
	}
	return k.release(ctx, p, v)
}

// reject ends a pod that cannot be run here before it begins.
func (k *Kubelet) reject(ctx context.Context, p *pod, api *corev1.Pod, reason, message string) error {
	k.events.Warning(api, reason, "%s", message)
	rejected := api.DeepCopy()
	rejected.Status.Phase, rejected.Status.Reason, rejected.Status.Message = corev1.PodFailed, reason, message
	_, err := k.cache.UpdateStatus(ctx, rejected)
	return err
}

// tell writes how a pod is, if that is news. Somebody may have written to it
// meanwhile: then it is read again.
func (k *Kubelet) tell(ctx context.Context, p *pod, api *corev1.Pod, v view, over bool) error {
	for {
		next := api.DeepCopy()
		next.Status = status.Of(status.View{
			Pod: api, HasSandbox: v.sandbox() != nil, Containers: v.containers, Waiting: p.waiting, Probes: k.prober,
			PodIP: k.addressOf(api), HostIP: k.config.Address.String(), IsOver: over, Now: k.config.Now(),
		})
		next.Status.Reason, next.Status.Message = api.Status.Reason, api.Status.Message
		if equality.Semantic.DeepEqual(next.Status, api.Status) {
			return nil
		}
		_, err := k.cache.UpdateStatus(ctx, next)
		switch {
		case err == nil, client.IsNotFound(err):
			return nil
		case !client.IsConflict(err):
			return fmt.Errorf("telling how pod %s/%s is: %w", api.Namespace, api.Name, err)
		}
		if api, err = k.cache.Get(ctx, api.Namespace, api.Name); client.IsNotFound(err) || err == nil && api.UID != p.uid {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// retry is how long something waits before it is tried again after a failure.
type retry struct {
	failed time.Time     // last
	wait   time.Duration // since then
}

// How long it waits, doubling from the first to the last; who has failed for the
// first time in twice that begins anew.
const (
	firstRetry = 10 * time.Second
	lastRetry  = 5 * time.Minute
	forgiven   = 2 * lastRetry
)

// retry returns what is remembered of the failures of something, if the last one
// counts still when it fails at a time.
func (p *pod) retry(what string, at time.Time) *retry {
	r := p.retries[what]
	if r == nil || at.Sub(r.failed) > forgiven {
		r = &retry{}
		p.retries[what] = r
	}
	return r
}

// fail counts a failure.
func (r *retry) fail(at time.Time) {
	r.failed, r.wait = at, min(max(2*r.wait, firstRetry), lastRetry)
}
