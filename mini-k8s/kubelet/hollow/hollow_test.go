package hollow_test

import (
	"testing"
	"time"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/client/clienttest"
	"drydock/mini-k8s/kubelet/hollow"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

func run(w *clienttest.World) {
	w.Run(hollow.New(hollow.Config{
		Client: w.Client.As("kubelet"), Nodes: 3, Prefix: "hollow-", Now: time.Now, Renew: hollow.RenewEvery, Missing: []string{"broken"},
	}).Run)
	w.Await("three nodes", func() bool { return len(clienttest.List[corev1.Node](w, "")) == 3 })
}

// on makes a pod of an image on a node and returns how it is after some time.
func on(w *clienttest.World, name, node, image string) (pod *corev1.Pod) {
	pod = clienttest.Pod(name)
	pod.Spec.NodeName, pod.Spec.Containers[0].Image = node, image
	clienttest.Create(w, pod)
	w.Await(name+" is looked after", func() bool {
		pod = clienttest.Get[corev1.Pod](w, "default", name)
		return pod.Status.StartTime != nil
	})
	return pod
}

func TestPodsRunAndGo(t *testing.T) {
	w := clienttest.New(t)
	run(w)
	first, second := on(w, "first", "hollow-0", "nginx:1"), on(w, "second", "hollow-2", "nginx:1")
	if first.Status.Phase != corev1.PodRunning || !first.Status.ContainerStatuses[0].Ready || first.Status.PodIP == second.Status.PodIP {
		t.Errorf("got %v and %v", first.Status, second.Status)
	}
	if broken := on(w, "broken", "hollow-1", "broken"); broken.Status.Phase != corev1.PodPending || broken.Status.ContainerStatuses[0].State.Waiting.Reason != "ImagePullBackOff" {
		t.Errorf("an image that is not to be had: got %v", broken.Status)
	}
	if err := w.Pods().Delete(t.Context(), "default", "first"); err != nil {
		t.Fatal(err)
	}
	w.Await("the first is gone", func() bool {
		_, err := w.Pods().Get(t.Context(), "default", "first")
		return client.IsNotFound(err)
	})
}

func TestANodeThatWasTakenForLostComesBack(t *testing.T) {
	w := clienttest.New(t)
	run(w)
	unknown := []byte(`{"status":{"conditions":[{"type":"Ready","status":"Unknown"}]}}`)
	if _, err := client.Of[corev1.Node](w.Client).Patch(t.Context(), "", "hollow-1", types.StrategicMergePatchType, unknown, "status"); err != nil {
		t.Fatal(err)
	}
	w.Await("it is ready again", func() bool {
		return clienttest.Get[corev1.Node](w, "", "hollow-1").Status.Conditions[0].Status == corev1.ConditionTrue
	})
}
