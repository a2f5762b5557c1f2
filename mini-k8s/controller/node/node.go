// Package node watches over nodes. A kubelet shows that it is alive by renewing
// a Lease; when it has not for too long, nobody knows how the node's pods are:
// the node is marked, no new pods come there, and after the time that each pod
// tolerates it is deleted, to be made again elsewhere. Pods of a node that was
// taken out of the cluster go at once.
package node

import (
	"context"
	"slices"
	"sync"
	"time"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/controller"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Grace is how long Kubernetes waits for a sign of life.
const Grace = 40 * time.Second

// Controller watches over nodes.
type Controller struct {
	*controller.Shared
	grace    time.Duration
	leases   *client.Cache[coordinationv1.Lease]
	queue    *client.Queue[client.Key]
	recorder *client.Recorder
	mutex    sync.Mutex
	signs    map[string]sign
}

// sign is the last sign of life of a node: what it said, and when that was seen
// here. The clocks of nodes are not asked: they may be wrong.
type sign struct {
	said metav1.MicroTime
	seen time.Time
}

// New returns a controller that gives nodes some time between signs of life. It
// begins with Run.
func New(shared *controller.Shared, grace time.Duration) *Controller {
	c := &Controller{
		Shared: shared, grace: grace, queue: client.NewQueue[client.Key](), signs: map[string]sign{},
		leases:   client.Cached[coordinationv1.Lease](shared.Client, client.Selector{Fields: "metadata.namespace=" + corev1.NamespaceNodeLease}),
		recorder: client.NewRecorder(shared.Client, "node-controller", shared.Now),
	}
	c.leases.OnChange(func(_, now *coordinationv1.Lease) {
		if now != nil {
			c.queue.Add(client.Key{Name: now.Name})
		}
	})
	c.Nodes.OnChange(func(old, now *corev1.Node) {
		if now == nil {
			now = old
		}
		c.queue.Add(client.Key{Name: now.Name})
	})
	c.Pods.OnChange(func(old, now *corev1.Pod) {
		if now != nil && now.Spec.NodeName != "" && (old == nil || old.Spec.NodeName == "") {
			c.queue.Add(client.Key{Name: now.Spec.NodeName})
		}
	})
	return c
}

// Run watches until ctx ends.
func (c *Controller) Run(ctx context.Context) {
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { c.leases.Run(ctx) })
	group.Go(func() { c.recorder.Run(ctx) })
	if c.Synced(ctx) == nil && c.leases.Synced(ctx) == nil {
		c.Loop(ctx, "node", c.queue, c.Reconcile)
	}
}

// Reconcile looks at one node: whether it is alive, what that means for new
// pods, and for those that are there.
func (c *Controller) Reconcile(ctx context.Context, key client.Key) error {
	node := c.Nodes.Lookup(key)
	if node == nil {
		return c.clear(ctx, key.Name)
	}
	if left := c.grace - c.silence(node); left > 0 {
		c.queue.AddAfter(key, left)
	} else if err := c.lose(ctx, node); err != nil {
		return err
	}
	node = c.Nodes.Lookup(key)
	if node == nil {
		return nil
	}
	if wanted := Taints(node, metav1.NewTime(c.Now())); !equality.Semantic.DeepEqual(wanted, node.Spec.Taints) {
		next := node.DeepCopy()
		next.Spec.Taints = wanted
		tainted, err := c.Nodes.Update(ctx, next)
		if err != nil {
			return err
		}
		node = tainted
	}
	return c.evict(ctx, node)
}

// silence is for how long a node has given no sign of life: a renewed Lease, or
// a status that says when it was written. One that is seen for the first time is
// taken to be alive now.
func (c *Controller) silence(node *corev1.Node) time.Duration {
	var said metav1.MicroTime
	if ready := readyOf(node); ready != nil {
		said = metav1.NewMicroTime(ready.LastHeartbeatTime.Time)
	}
	lease := c.leases.Lookup(client.Key{Namespace: corev1.NamespaceNodeLease, Name: node.Name})
	if lease != nil && lease.Spec.RenewTime != nil && said.Before(lease.Spec.RenewTime) {
		said = *lease.Spec.RenewTime
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	last, known := c.signs[node.Name]
	if !known || last.said.Before(&said) {
		last = sign{said, c.Now()}
		c.signs[node.Name] = last
	}
	return c.Now().Sub(last.seen)
}

func readyOf(node *corev1.Node) *corev1.NodeCondition {
	at := slices.IndexFunc(node.Status.Conditions, func(c corev1.NodeCondition) bool { return c.Type == corev1.NodeReady })
	if at < 0 {
		return nil
	}
	return &node.Status.Conditions[at]
}

// lose marks a node of which nothing is known any more, and its pods as not
// ready, so that nobody is sent there.
func (c *Controller) lose(ctx context.Context, node *corev1.Node) error {
	ready := readyOf(node)
	if ready == nil || ready.Status != corev1.ConditionUnknown {
		next, now := node.DeepCopy(), metav1.NewTime(c.Now())
		unknown := corev1.NodeCondition{
			Type: corev1.NodeReady, Status: corev1.ConditionUnknown, Reason: "NodeStatusUnknown",
			Message: "Kubelet stopped posting node status.", LastTransitionTime: now,
		}
		if ready == nil {
			unknown.Reason, unknown.Message = "NodeStatusNeverUpdated", "Kubelet never posted node status."
			next.Status.Conditions = append(next.Status.Conditions, unknown)
		} else {
			unknown.LastHeartbeatTime = ready.LastHeartbeatTime
			*readyOf(next) = unknown
		}
		if _, err := c.Nodes.UpdateStatus(ctx, next); err != nil {
			return err
		}
		c.recorder.Normal(node, "NodeNotReady", "Node %s status is now: NodeNotReady", node.Name)
	}
	for _, pod := range c.podsOf(node.Name) {
		if err := c.unready(ctx, pod); err != nil && !client.IsNotFound(err) {
			return err
		}
	}
	return nil
}

// unready says of a pod that it is not ready.
func (c *Controller) unready(ctx context.Context, pod *corev1.Pod) error {
	if !controller.IsReady(pod) {
		return nil
	}
	next := pod.DeepCopy()
	for i := range next.Status.Conditions {
		if condition := &next.Status.Conditions[i]; condition.Type == corev1.PodReady {
			condition.Status, condition.LastTransitionTime = corev1.ConditionFalse, metav1.NewTime(c.Now())
			condition.Reason, condition.Message = "NodeNotReady", "Node is not ready"
		}
	}
	_, err := c.Pods.UpdateStatus(ctx, next)
	return err
}

// podsOf returns the pods of a node.
func (c *Controller) podsOf(name string) []*corev1.Pod {
	return slices.DeleteFunc(c.Pods.Select("", labels.Everything()), func(pod *corev1.Pod) bool { return pod.Spec.NodeName != name })
}

// clear deletes the pods of a node that is gone, once the API server says so,
// too: a cache may be behind. Nobody is left to end them in good order.
func (c *Controller) clear(ctx context.Context, name string) error {
	pods := c.podsOf(name)
	if len(pods) == 0 {
		return nil
	}
	if _, err := c.Nodes.Get(ctx, "", name); !client.IsNotFound(err) {
		return err
	}
	c.mutex.Lock()
	delete(c.signs, name)
	c.mutex.Unlock()
	now := int64(0)
	for _, pod := range pods {
		how := metav1.DeleteOptions{GracePeriodSeconds: &now, Preconditions: metav1.NewUIDPreconditions(string(pod.UID))}
		if err := c.Pods.Delete(ctx, client.KeyOf(pod), how); err != nil && !client.IsNotFound(err) {
			return err
		}
	}
	return nil
}
