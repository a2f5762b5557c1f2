// Package hollow is many nodes in one process, on which nothing runs: each pod
// is said to be running as soon as it has a node there, and to be gone as soon
// as it is deleted. To the rest of the cluster they are nodes like others, so a
// scheduler, a controller or a rollout is tried on a hundred of them without a
// hundred machines.
package hollow

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"drydock/mini-k8s/client"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// RenewEvery is how often a kubelet renews its lease.
const RenewEvery = 10 * time.Second

// leaseSeconds is for how long a lease is good.
const leaseSeconds = 40

// Config is what the nodes are.
type Config struct {
	Client *client.Client
	Nodes  int    // how many
	Prefix string // of their names, before a number
	Now    func() time.Time
	Renew  time.Duration // how often each shows that it is alive
	// Missing are images that are not to be had: their pods never run.
	Missing []string
}

// Nodes is the nodes of one process.
type Nodes struct {
	Config
	names  []string
	pods   *client.Cache[corev1.Pod]
	nodes  *client.Cache[corev1.Node]
	leases *client.Resource[coordinationv1.Lease]
	queue  *client.Queue[client.Key] // pods, and nodes: those have no namespace
	given  atomic.Uint32             // addresses
}

// New returns nodes that register with Run.
func New(config Config) *Nodes {
	n := &Nodes{
		Config: config, queue: client.NewQueue[client.Key](),
		pods:   client.Cached[corev1.Pod](config.Client, client.Selector{}),
		nodes:  client.Cached[corev1.Node](config.Client, client.Selector{}),
		leases: client.Of[coordinationv1.Lease](config.Client),
	}
	for i := range config.Nodes {
		n.names = append(n.names, fmt.Sprint(config.Prefix, i))
	}
	slices.Sort(n.names)
	n.pods.OnChange(func(_, now *corev1.Pod) {
		if now != nil && n.has(now.Spec.NodeName) {
			n.queue.Add(client.KeyOf(now))
		}
	})
	n.nodes.OnChange(func(_, now *corev1.Node) {
		if now != nil && n.has(now.Name) {
			n.queue.Add(client.KeyOf(now))
		}
	})
	return n
}

func (n *Nodes) has(name string) bool {
	_, has := slices.BinarySearch(n.names, name)
	return has
}

// Run registers the nodes and plays them until ctx ends.
func (n *Nodes) Run(ctx context.Context) {
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { n.pods.Run(ctx) })
	group.Go(func() { n.nodes.Run(ctx) })
	group.Go(func() { n.keepAlive(ctx) })
	n.queue.Run(ctx, 8, n.Reconcile)
}

// keepAlive registers the nodes and renews their leases.
func (n *Nodes) keepAlive(ctx context.Context) {
	ticker := time.NewTicker(n.Renew)
	defer ticker.Stop()
	for {
		for _, name := range n.names {
			if err := n.renew(ctx, name); err != nil && ctx.Err() == nil {
				slog.Warn("renewing lease", "node", name, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// renew says that a node is alive; for the first time with who it is.
func (n *Nodes) renew(ctx context.Context, name string) error {
	now, seconds := metav1.NewMicroTime(n.Now()), int32(leaseSeconds)
	spec := coordinationv1.LeaseSpec{HolderIdentity: &name, LeaseDurationSeconds: &seconds, RenewTime: &now}
	lease, err := n.leases.Get(ctx, corev1.NamespaceNodeLease, name)
	if err == nil {
		lease.Spec = spec
		_, err = n.leases.Update(ctx, lease)
		return err
	}
	if !client.IsNotFound(err) {
		return err
	}
	if _, err := n.nodes.Create(ctx, n.node(name)); err != nil && !client.IsAlreadyExists(err) {
		return err
	}
	_, err = n.leases.Create(ctx, &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: corev1.NamespaceNodeLease, Name: name}, Spec: spec})
	return err
}

// node is what a node says of itself.
func (n *Nodes) node(name string) *corev1.Node {
	now := metav1.NewTime(n.Now())
	room := corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("32"), corev1.ResourceMemory: resource.MustParse("128Gi"), corev1.ResourcePods: resource.MustParse("110"),
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelHostname: name, corev1.LabelOSStable: "linux", "type": "hollow"}},
		Status: corev1.NodeStatus{
			Capacity: room, Allocatable: room,
			Addresses: []corev1.NodeAddress{{Type: corev1.NodeHostName, Address: name}},
			NodeInfo:  corev1.NodeSystemInfo{KubeletVersion: "v1.37.2-hollow", OSImage: "none", ContainerRuntimeVersion: "hollow://0", OperatingSystem: "linux"},
			Conditions: []corev1.NodeCondition{{
				Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady", Message: "kubelet is posting ready status",
				LastHeartbeatTime: now, LastTransitionTime: now,
			}},
		},
	}
}

// Reconcile says of a pod what a kubelet would after it has done its work, and of
// a node that was taken for lost that it is there.
func (n *Nodes) Reconcile(ctx context.Context, key client.Key) error {
	if key.Namespace == "" {
		return n.comeBack(ctx, key)
	}
	pod := n.pods.Lookup(key)
	if pod == nil || !n.has(pod.Spec.NodeName) {
		return nil
	}
	var err error
	if pod.DeletionTimestamp != nil {
		now := int64(0)
		err = n.pods.Delete(ctx, key, metav1.DeleteOptions{GracePeriodSeconds: &now, Preconditions: metav1.NewUIDPreconditions(string(pod.UID))})
	} else if pod.Status.StartTime == nil {
		next := pod.DeepCopy()
		n.start(next)
		_, err = n.pods.UpdateStatus(ctx, next)
	}
	if client.IsNotFound(err) {
		return nil
	}
	return err
}

// comeBack says of a node that it is ready when somebody believes it is not.
func (n *Nodes) comeBack(ctx context.Context, key client.Key) error {
	node := n.nodes.Lookup(key)
	if node == nil || len(node.Status.Conditions) > 0 && node.Status.Conditions[0].Status == corev1.ConditionTrue {
		return nil
	}
	next := node.DeepCopy()
	next.Status.Conditions = n.node(key.Name).Status.Conditions
	_, err := n.nodes.UpdateStatus(ctx, next)
	return err
}

// start writes into a pod's status that all its containers run, or why they do
// not.
func (n *Nodes) start(pod *corev1.Pod) {
	now, state := metav1.NewTime(n.Now()), corev1.ConditionTrue
	pod.Status.Phase, pod.Status.StartTime, pod.Status.ContainerStatuses = corev1.PodRunning, &now, nil
	for _, c := range pod.Spec.Containers {
		started := !slices.Contains(n.Missing, c.Image)
		status := corev1.ContainerStatus{Name: c.Name, Image: c.Image, Ready: started, Started: &started}
		if started {
			status.State.Running = &corev1.ContainerStateRunning{StartedAt: now}
		} else {
			status.State.Waiting = &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: fmt.Sprintf("Back-off pulling image %q", c.Image)}
			state, pod.Status.Phase = corev1.ConditionFalse, corev1.PodPending
		}
		pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, status)
	}
	for _, kind := range []corev1.PodConditionType{corev1.PodInitialized, corev1.ContainersReady, corev1.PodReady} {
		condition := corev1.PodCondition{Type: kind, Status: state, LastTransitionTime: now}
		if kind == corev1.PodInitialized {
			condition.Status = corev1.ConditionTrue
		}
		pod.Status.Conditions = append(pod.Status.Conditions, condition)
	}
	if state == corev1.ConditionTrue {
		// 10.244.0.0/16 is the pods'; nothing answers there.
		number := n.given.Add(1)
		pod.Status.PodIP = fmt.Sprintf("10.244.%d.%d", number/254%256, number%254+1)
		pod.Status.PodIPs = []corev1.PodIP{{IP: pod.Status.PodIP}}
	}
}
