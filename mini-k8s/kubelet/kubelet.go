// Package kubelet runs the pods of one node: it makes what its API server says of
// them true, by a container runtime, and tells the API server how they are.
//
//	k := kubelet.New(kubelet.Config{Node: node, Client: c, Runtime: runtime, ...})
//	err := k.Run(ctx)
//
// A watch tells of pods, the runtime when a container has ended, probes of how they
// are. Each only says which pod is to be looked at;
// one function (sync, in pod.go) then brings it to what it should be, whatever has
// happened. It remembers nothing that it could not find out again, but how long it
// waits before it tries something once more: killed and started again, it finds
// its pods running and leaves them alone.
//
// The interfaces towards runtime and network are in package cri, what answers for
// logs and exec in package server.
package kubelet

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"sync"
	"time"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/kubelet/cri"
	"drydock/mini-k8s/kubelet/podspec"
	"drydock/mini-k8s/kubelet/probe"
	"drydock/mini-k8s/observe"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Config is what a kubelet is made of.
type Config struct {
	NodeName string
	Client   *client.Client
	Runtime  cri.Runtime
	Network  cri.Network // nil: a pod has nothing but a loopback interface
	PodCIDR  string      // the addresses that Network gives, for the Node to tell
	Dir      string      // of pods' volumes

	Address netip.Addr // of the node
	Port    uint16     // of the kubelet's own server
	Labels  map[string]string
	MaxPods int
	Cluster podspec.Cluster

	LeaseInterval time.Duration
	Metrics       *observe.Metrics
	Now           func() time.Time // nil is time.Now
}

// How often the runtime is looked at, in case that nothing was told, and each pod,
// whatever is known of it: its volumes may have changed.
const (
	relistInterval = 10 * time.Second
	resyncInterval = time.Minute
)

// Kubelet runs the pods of a node.
type Kubelet struct {
	config Config
	nodes  *client.Resource[corev1.Node]
	cache  *client.Cache[corev1.Pod]
	queue  *client.Queue[types.UID]
	events *client.Recorder
	prober *probe.Prober
	source source

	waiting sync.WaitGroup // for containers to end

	mutex   sync.Mutex
	pods    map[types.UID]*pod
	awaited map[string]bool // containers and sandboxes of which the end will be told
}

// New returns a kubelet.
func New(config Config) *Kubelet {
	if config.Now == nil {
		config.Now = time.Now
	}
	k := &Kubelet{
		config: config,
		nodes:  client.Of[corev1.Node](config.Client),
		cache:  client.Cached[corev1.Pod](config.Client, client.Selector{Fields: "spec.nodeName=" + config.NodeName}),
		queue:  client.NewQueue[types.UID](),
		events: client.NewRecorder(config.Client, "kubelet", config.Now),
		source: newSource(config.Client),
		pods:   map[types.UID]*pod{}, awaited: map[string]bool{},
	}
	k.prober = probe.New(probe.Checker{Runtime: config.Runtime}, probe.Listener{
		Failed: k.probeFailed, Changed: func(t probe.Target) { k.queue.Add(types.UID(t.Pod)) },
	})
	k.cache.OnChange(k.changed)
	return k
}

// Run runs pods until ctx ends, and leaves them running.
func (k *Kubelet) Run(ctx context.Context) error {
	for {
		err := k.register(ctx)
		if err == nil {
			break
		}
		slog.Warn("registering the node, once more in a second", "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
	slog.Info("node registered", "node", k.config.NodeName, "address", k.config.Address)
	var group sync.WaitGroup
	group.Go(func() { k.events.Run(ctx) })
	group.Go(func() { k.keepNode(ctx) })
	group.Go(func() { k.cache.Run(ctx) })
	group.Go(func() { k.source.run(ctx) })
	defer group.Wait()
	defer k.prober.Wait()
	defer k.waiting.Wait()
	if k.cache.Synced(ctx) != nil || k.source.synced(ctx) != nil {
		return nil // ctx has ended
	}
	group.Go(func() { k.relist(ctx) })
	// One worker for each pod: one that waits for a container to end keeps no
	// other waiting.
	k.queue.Run(ctx, k.config.MaxPods, k.sync)
	return nil
}

// changed takes over what the watch tells.
func (k *Kubelet) changed(old, now *corev1.Pod) {
	uid := types.UID("")
	if now != nil {
		uid = now.UID
	}
	if old != nil && old.UID != uid { // gone; one of the same name may have come
		k.pod(old.UID).set(nil)
		k.queue.Add(old.UID)
	}
	if now != nil {
		k.pod(uid).set(now)
		k.queue.Add(uid)
	}
}

// pod returns what is known of a pod.
func (k *Kubelet) pod(uid types.UID) *pod {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.pods[uid] == nil {
		k.pods[uid] = newPod(uid)
	}
	return k.pods[uid]
}

// Pod returns a pod of this node as the API server has it, or nil.
func (k *Kubelet) Pod(namespace, name string) *corev1.Pod {
	return k.cache.Lookup(client.Key{Namespace: namespace, Name: name})
}

func (k *Kubelet) forget(uid types.UID) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	delete(k.pods, uid)
}

// folder is where a pod's volumes and files are.
func (k *Kubelet) folder(uid types.UID) string {
	return filepath.Join(k.config.Dir, "pods", string(uid))
}

// relist looks at the runtime again and again, and has each pod looked at of which
// something is not as before. What belongs to no pod is a pod's that is gone.
func (k *Kubelet) relist(ctx context.Context) {
	tick, resync := time.NewTicker(relistInterval), time.NewTicker(resyncInterval)
	defer tick.Stop()
	defer resync.Stop()
	before := map[string]string{}
	for {
		now, err := k.survey(ctx)
		if err != nil && ctx.Err() == nil {
			slog.Warn("looking at the runtime", "error", err)
		}
		for uid, state := range now {
			if before[uid] != state {
				k.queue.Add(k.pod(types.UID(uid)).uid)
			}
		}
		for uid := range before {
			if _, there := now[uid]; !there && err == nil {
				k.queue.Add(types.UID(uid))
			}
		}
		if err == nil {
			before = now
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-resync.C:
			clear(before)
		}
	}
}

// await has a pod looked at when one of its containers, or its sandbox, has ended.
func (k *Kubelet) await(ctx context.Context, uid types.UID, id string) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.awaited[id] {
		return
	}
	k.awaited[id] = true
	k.waiting.Go(func() {
		err := k.config.Runtime.AwaitEnd(ctx, id)
		if err != nil && ctx.Err() == nil {
			slog.Warn("waiting for a container's end", "container", id, "error", err)
		}
		k.mutex.Lock()
		delete(k.awaited, id)
		k.mutex.Unlock()
		if err == nil { // else the next look at the runtime finds it
			k.queue.Add(uid)
		}
	})
}

// survey sums up in a text what the runtime has of each pod.
func (k *Kubelet) survey(ctx context.Context) (map[string]string, error) {
	sandboxes, err := k.config.Runtime.ListPodSandboxes(ctx, "")
	if err != nil {
		return nil, err
	}
	containers, err := k.config.Runtime.ListContainers(ctx, "")
	found := map[string]string{}
	for _, each := range sandboxes {
		found[each.PodUID] += fmt.Sprintf("%s:%v ", each.ID, each.Ready)
	}
	for _, each := range containers {
		found[each.PodUID] += fmt.Sprintf("%s:%s ", each.ID, each.State)
	}
	return found, err
}

// probeFailed tells people.
func (k *Kubelet) probeFailed(t probe.Target, kind probe.Kind, why error) {
	k.config.Metrics.Add("prober_probe_total", fmt.Sprintf("probe_type=%q,result=\"failed\"", kind), 1)
	if api := k.pod(types.UID(t.Pod)).get(); api != nil {
		k.events.Warning(api, "Unhealthy", "%s probe failed: %v", kind, why)
	}
}
