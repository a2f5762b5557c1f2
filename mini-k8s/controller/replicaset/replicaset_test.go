package replicaset_test

import (
	"context"
	"testing"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/client/clienttest"
	"drydock/mini-k8s/controller"
	"drydock/mini-k8s/controller/controllertest"
	"drydock/mini-k8s/controller/replicaset"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func run(w *clienttest.World) {
	controllertest.Run(w, func(s *controller.Shared) func(context.Context) { return replicaset.New(s).Run })
}

func set(replicas int32) *appsv1.ReplicaSet {
	labels := map[string]string{"app": "web"}
	return &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web"}, Spec: appsv1.ReplicaSetSpec{
		Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: clienttest.PodSpec()},
	}}
}

func scale(w *clienttest.World, patch string) {
	w.Helper()
	if _, err := client.Of[appsv1.ReplicaSet](w.Client).Patch(w.Context(), "default", "web", types.MergePatchType, []byte(patch)); err != nil {
		w.Fatal(err)
	}
}

// awaitStatus waits for how many pods there are and how many are ready.
func awaitStatus(w *clienttest.World, replicas, ready int32) {
	w.Helper()
	w.Await("status", func() bool {
		got := clienttest.Get[appsv1.ReplicaSet](w, "default", "web")
		return got.Status.Replicas == replicas && got.Status.ReadyReplicas == ready && got.Status.ObservedGeneration == got.Generation
	})
}

func TestPodsAreMadeAndDeletedToTheNumberAskedFor(t *testing.T) {
	w := clienttest.New(t)
	run(w)
	controllertest.Kubelet(w)
	clienttest.Create(w, set(20))
	awaitStatus(w, 20, 20)
	pods := clienttest.List[corev1.Pod](w, "default")
	if len(pods) != 20 {
		t.Fatalf("got %d pods, want 20 and not one more", len(pods))
	}
	if owner := metav1.GetControllerOf(&pods[0]); owner == nil || owner.Kind != "ReplicaSet" || owner.Name != "web" || !*owner.BlockOwnerDeletion {
		t.Errorf("got owner %v", owner)
	}
	scale(w, `{"spec":{"replicas":3}}`)
	awaitStatus(w, 3, 3)
	w.Await("the others are gone", func() bool { return len(clienttest.List[corev1.Pod](w, "default")) == 3 })
}

func TestAPodThatIsGoneIsMadeAgain(t *testing.T) {
	w := clienttest.New(t)
	run(w)
	clienttest.Create(w, set(2))
	awaitStatus(w, 2, 0)
	first := clienttest.List[corev1.Pod](w, "default")[0]
	if err := w.Pods().Delete(t.Context(), "default", first.Name); err != nil {
		t.Fatal(err)
	}
	w.Await("another pod", func() bool {
		pods := clienttest.List[corev1.Pod](w, "default")
		return len(pods) == 2 && pods[0].UID != first.UID && pods[1].UID != first.UID
	})
}

func TestThePodThatIsNotReadyGoesFirst(t *testing.T) {
	w := clienttest.New(t)
	run(w)
	clienttest.Create(w, set(3))
	awaitStatus(w, 3, 0)
	pods := clienttest.List[corev1.Pod](w, "default")
	for i := range pods {
		controllertest.Ready(w, &pods[i], i != 1)
	}
	awaitStatus(w, 3, 2)
	scale(w, `{"spec":{"replicas":2}}`)
	awaitStatus(w, 2, 2)
	if left := clienttest.Get[corev1.Pod](w, "default", pods[1].Name); left.DeletionTimestamp == nil {
		t.Error("the pod that is not ready stays")
	}
}

func TestOrphansAreAdoptedAndStrangersLetGo(t *testing.T) {
	w := clienttest.New(t)
	run(w)
	orphan := clienttest.Pod("orphan")
	orphan.Labels = map[string]string{"app": "web"}
	clienttest.Create(w, orphan)
	clienttest.Create(w, set(2))
	awaitStatus(w, 2, 0)
	if owner := metav1.GetControllerOf(clienttest.Get[corev1.Pod](w, "default", "orphan")); owner == nil || owner.Name != "web" {
		t.Errorf("the orphan: got owner %v", owner)
	}
	if _, err := w.Pods().Patch(t.Context(), "default", "orphan", types.MergePatchType, []byte(`{"metadata":{"labels":{"app":"mine"}}}`)); err != nil {
		t.Fatal(err)
	}
	w.Await("the stranger is let go, and another made", func() bool {
		owner := metav1.GetControllerOf(clienttest.Get[corev1.Pod](w, "default", "orphan"))
		return owner == nil && len(clienttest.List[corev1.Pod](w, "default")) == 3
	})
}
