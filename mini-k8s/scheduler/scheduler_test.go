package scheduler_test

import (
	"fmt"
	"testing"
	"time"

	"drydock/mini-k8s/client/clienttest"
	"drydock/mini-k8s/observe"
	"drydock/mini-k8s/scheduler"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func run(w *clienttest.World) {
	w.Run(scheduler.New(scheduler.Config{
		Client: w.Client.As("kube-scheduler"), Name: corev1.DefaultSchedulerName, Now: time.Now, Metrics: observe.New(),
	}).Run)
}

// node returns a node with some CPU and room for 110 pods.
func node(name, cpu string) *corev1.Node {
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}, Status: corev1.NodeStatus{Allocatable: corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse("4Gi"), corev1.ResourcePods: resource.MustParse("110"),
	}}}
}

func asking(name, cpu string) *corev1.Pod {
	pod := clienttest.Pod(name)
	pod.Spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu)}
	return pod
}

// nodeOf is where a pod is to run.
func nodeOf(w *clienttest.World, name string) string {
	return clienttest.Get[corev1.Pod](w, "default", name).Spec.NodeName
}

// message is that of an event about a pod.
func message(w *clienttest.World, pod, reason string) (found string) {
	w.Await(reason+" of "+pod, func() bool {
		for _, e := range clienttest.List[corev1.Event](w, "default") {
			if e.InvolvedObject.Name == pod && e.Reason == reason {
				found = e.Message
			}
		}
		return found != ""
	})
	return found
}

func TestPodsAreSpreadOverNodes(t *testing.T) {
	w := clienttest.New(t)
	for i := range 3 {
		clienttest.Create(w, node(fmt.Sprint("n", i), "400")) // so large that scores tie
	}
	run(w)
	for i := range 9 {
		clienttest.Create(w, clienttest.Pod(fmt.Sprint("p", i)))
	}
	count := map[string]int{}
	w.Await("all have a node", func() bool {
		clear(count)
		for _, pod := range clienttest.List[corev1.Pod](w, "default") {
			count[pod.Spec.NodeName]++
		}
		return count[""] == 0
	})
	if fmt.Sprint(count) != "map[n0:3 n1:3 n2:3]" {
		t.Errorf("got %v, want three on each", count)
	}
	if got, want := message(w, "p0", "Scheduled"), "Successfully assigned default/p0 to "+nodeOf(w, "p0"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAPodWithoutRoomWaitsUntilThereIsSome(t *testing.T) {
	w := clienttest.New(t)
	run(w)
	first := clienttest.Create(w, asking("first", "2"))
	if got, want := message(w, "first", "FailedScheduling"), "no nodes available to schedule pods"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	clienttest.Create(w, node("small", "1"))
	cordoned := node("cordoned", "8")
	cordoned.Spec.Unschedulable = true
	clienttest.Create(w, cordoned)
	want := "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable."
	w.Await(want, func() bool {
		status := clienttest.Get[corev1.Pod](w, "default", "first").Status
		return len(status.Conditions) > 0 && status.Conditions[0].Message == want && status.Conditions[0].Reason == "Unschedulable"
	})
	if nodeOf(w, first.Name) != "" {
		t.Error("the pod has a node that has no room for it")
	}
	clienttest.Create(w, node("large", "2"))
	w.Await("the pod is on the large node", func() bool { return nodeOf(w, "first") == "large" })
	clienttest.Create(w, asking("second", "2"))
	message(w, "second", "FailedScheduling")
	now := int64(0)
	if err := w.Pods().Delete(t.Context(), "default", "first", metav1.DeleteOptions{GracePeriodSeconds: &now}); err != nil {
		t.Fatal(err)
	}
	w.Await("the second has the room of the first", func() bool { return nodeOf(w, "second") == "large" })
}

func TestPodsOfAnotherSchedulerAreLeftAlone(t *testing.T) {
	w := clienttest.New(t)
	clienttest.Create(w, node("n", "4"))
	run(w)
	other := clienttest.Pod("other")
	other.Spec.SchedulerName = "my-scheduler"
	clienttest.Create(w, other)
	clienttest.Create(w, clienttest.Pod("mine"))
	w.Await("mine has a node", func() bool { return nodeOf(w, "mine") != "" })
	if nodeOf(w, "other") != "" {
		t.Error("the other has a node")
	}
}
