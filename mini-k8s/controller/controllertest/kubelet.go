package controllertest

import (
	"context"
	"encoding/json"
	"slices"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/client/clienttest"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Kubelet makes every pod run, but for those with an image that it refuses, and
// lets go of those that are deleted, until the test ends: a node that never
// fails.
func Kubelet(w *clienttest.World, refuse ...string) {
	w.Run(func(ctx context.Context) {
		// A watch that ends here ends with the world.
		for event, err := range w.Pods().Watch(ctx, "", client.Selector{}, "") {
			if err != nil {
				return
			}
			if event.Type != "BOOKMARK" && event.Type != "DELETED" && !slices.Contains(refuse, event.Object.Spec.Containers[0].Image) {
				settle(ctx, w, event.Object)
			}
		}
	})
}

// settle brings a pod to what it is to be. What fails has been changed by
// another meanwhile, of which the watch will tell.
func settle(ctx context.Context, w *clienttest.World, pod *corev1.Pod) {
	switch {
	case pod.DeletionTimestamp != nil:
		now := int64(0)
		_ = w.Pods().Delete(ctx, pod.Namespace, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: &now})
	case pod.Spec.NodeName == "":
		_ = bind(ctx, w, pod)
	case pod.Status.Phase == corev1.PodPending:
		_ = run(ctx, w, pod, corev1.ConditionTrue)
	}
}

// Ready makes a pod run, ready or not.
func Ready(w *clienttest.World, pod *corev1.Pod, ready bool) {
	w.Helper()
	if pod.Spec.NodeName == "" {
		if err := bind(w.Context(), w, pod); err != nil {
			w.Fatal(err)
		}
	}
	status := corev1.ConditionFalse
	if ready {
		status = corev1.ConditionTrue
	}
	if err := run(w.Context(), w, pod, status); err != nil {
		w.Fatal(err)
	}
}

func bind(ctx context.Context, w *clienttest.World, pod *corev1.Pod) error {
	binding := &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name}, Target: corev1.ObjectReference{Kind: "Node", Name: "n"}}
	return w.Pods().Post(ctx, client.KeyOf(pod), "binding", binding)
}

func run(ctx context.Context, w *clienttest.World, pod *corev1.Pod, ready corev1.ConditionStatus) error {
	patch, err := json.Marshal(map[string]any{"status": map[string]any{
		"phase": "Running", "conditions": []any{corev1.PodCondition{Type: corev1.PodReady, Status: ready, LastTransitionTime: metav1.Now()}},
	}})
	if err != nil {
		return err
	}
	_, err = w.Pods().Patch(ctx, pod.Namespace, pod.Name, types.StrategicMergePatchType, patch, "status")
	return err
}
