// Package scheduler gives pods their nodes. It takes the most important pod that
// has none (pending.go), asks which nodes it fits on and which is the best
// (nodes.go, plugin/), assumes that it runs there, and tells the API server so,
// by a Binding, while it is at the next pod already.
//
// It does not start anything: the kubelet of the node sees a pod with its name.
package scheduler

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/observe"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Config is what a scheduler is made of.
type Config struct {
	Client  *client.Client
	Name    string // of the pods' spec.schedulerName: default-scheduler
	Now     func() time.Time
	Metrics *observe.Metrics
}

// bindings is how many pods may be bound at a time.
const bindings = 16

// Scheduler gives pods their nodes.
type Scheduler struct {
	Config
	pods     *client.Cache[corev1.Pod]
	nodes    *client.Cache[corev1.Node]
	pending  *Pending
	state    *Nodes
	recorder *client.Recorder
}

// New returns a scheduler. It begins with Run.
func New(config Config) *Scheduler {
	s := &Scheduler{
		Config: config, pending: NewPending(config.Now), state: NewNodes(),
		pods:     client.Cached[corev1.Pod](config.Client, client.Selector{}),
		nodes:    client.Cached[corev1.Node](config.Client, client.Selector{}),
		recorder: client.NewRecorder(config.Client, config.Name, config.Now),
	}
	s.pods.OnChange(s.podChanged)
	s.nodes.OnChange(s.nodeChanged)
	return s
}

// Run schedules until ctx ends.
func (s *Scheduler) Run(ctx context.Context) {
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { s.nodes.Run(ctx) })
	group.Go(func() { s.pods.Run(ctx) })
	group.Go(func() { s.recorder.Run(ctx) })
	// A decision over half of the nodes, or without their pods, is wrong.
	if s.nodes.Synced(ctx) != nil || s.pods.Synced(ctx) != nil {
		return
	}
	room := make(chan struct{}, bindings)
	for {
		pod := s.pending.Pop(ctx)
		if pod == nil {
			return
		}
		assumed := s.decide(ctx, pod)
		if assumed == nil {
			continue
		}
		room <- struct{}{}
		group.Go(func() {
			defer func() { <-room }()
			s.bind(ctx, pod, assumed)
		})
	}
}

// decide picks a node and assumes that the pod runs there. It returns the pod as
// it is assumed to be; nil when no node takes it.
func (s *Scheduler) decide(ctx context.Context, pod *corev1.Pod) *corev1.Pod {
	node, refused := s.state.Pick(pod)
	if refused != nil {
		s.pending.Park(pod)
		s.Metrics.Add("scheduler_schedule_attempts_total", `result="unschedulable"`, 1)
		s.recorder.Warning(pod, "FailedScheduling", "%s", refused)
		s.tell(ctx, pod, refused)
		return nil
	}
	assumed := pod.DeepCopy()
	assumed.Spec.NodeName = node
	s.state.Place(assumed)
	return assumed
}

// bind tells the API server what was decided. When it does not take it, the pod
// runs nowhere after all and is tried again.
func (s *Scheduler) bind(ctx context.Context, pod, assumed *corev1.Pod) {
	binding := &corev1.Binding{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Binding"},
		ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID},
		Target:     corev1.ObjectReference{Kind: "Node", Name: assumed.Spec.NodeName},
	}
	err := s.pods.Post(ctx, client.KeyOf(pod), "binding", binding)
	if err == nil {
		s.Metrics.Add("scheduler_schedule_attempts_total", `result="scheduled"`, 1)
		s.recorder.Normal(pod, "Scheduled", "Successfully assigned %s/%s to %s", pod.Namespace, pod.Name, assumed.Spec.NodeName)
		return
	}
	if ctx.Err() != nil {
		return
	}
	s.Metrics.Add("scheduler_schedule_attempts_total", `result="error"`, 1)
	slog.Warn("binding refused", "pod", client.KeyOf(pod), "node", assumed.Spec.NodeName, "error", err)
	s.forget(pod)
	s.pending.Park(pod)
	s.pending.Retry() // what was assumed is free again
}

// forget takes back that a pod is assumed to run on a node, unless the API
// server says by now where it is, or that it is gone.
func (s *Scheduler) forget(pod *corev1.Pod) {
	if now := s.pods.Lookup(client.KeyOf(pod)); now == nil || now.Spec.NodeName == "" {
		s.state.Remove(client.KeyOf(pod))
	}
}

// tell writes into a pod's status why it has no node. Unless it has been told
// before: a change of nothing costs a write, too.
func (s *Scheduler) tell(ctx context.Context, pod *corev1.Pod, why error) {
	condition := corev1.PodCondition{
		Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable,
		Message: why.Error(), LastTransitionTime: metav1.NewTime(s.Now()),
	}
	for _, before := range pod.Status.Conditions {
		if before.Type == condition.Type && before.Status == condition.Status && before.Message == condition.Message {
			return
		}
	}
	patch, _ := json.Marshal(map[string]any{"status": map[string]any{"conditions": []any{condition}}}) // cannot fail
	_, err := s.pods.Patch(ctx, pod.Namespace, pod.Name, types.StrategicMergePatchType, patch, "status")
	if err != nil && !client.IsNotFound(err) && ctx.Err() == nil {
		slog.Warn("telling why", "pod", client.KeyOf(pod), "error", err)
	}
}

// podChanged takes over what happened to a pod.
func (s *Scheduler) podChanged(old, now *corev1.Pod) {
	switch {
	case now == nil || isOver(now):
		key := client.KeyOf(cmp.Or(old, now))
		s.pending.Remove(key)
		s.state.Remove(key)
		s.pending.Retry()
	case now.Spec.NodeName != "":
		s.pending.Remove(client.KeyOf(now))
		s.state.Place(now)
	case now.Spec.SchedulerName == s.Name && now.DeletionTimestamp == nil && len(now.Spec.SchedulingGates) == 0:
		s.pending.Put(now)
	default:
		s.pending.Remove(client.KeyOf(now))
	}
}

// isOver reports whether a pod has run and needs its node no more.
func isOver(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// nodeChanged takes over what happened to a node. That it is still alive helps
// nobody who fits nowhere.
func (s *Scheduler) nodeChanged(old, now *corev1.Node) {
	if now == nil {
		s.state.SetNode(old.Name, nil)
		return
	}
	s.state.SetNode(now.Name, now)
	if old == nil || !equality.Semantic.DeepEqual(old.Spec, now.Spec) || !equality.Semantic.DeepEqual(old.Labels, now.Labels) ||
		!equality.Semantic.DeepEqual(old.Status.Allocatable, now.Status.Allocatable) {
		s.pending.Retry()
	}
}
