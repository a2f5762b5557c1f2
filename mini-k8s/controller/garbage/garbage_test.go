package garbage_test

import (
	"context"
	"testing"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/client/clienttest"
	"drydock/mini-k8s/controller"
	"drydock/mini-k8s/controller/controllertest"
	"drydock/mini-k8s/controller/garbage"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func newWorld(t *testing.T) *clienttest.World {
	w := clienttest.New(t)
	controllertest.Run(w, func(s *controller.Shared) func(context.Context) { return garbage.New(s).Run })
	return w
}

// owned makes a ConfigMap that others own.
func owned(w *clienttest.World, name string, owners ...*corev1.ConfigMap) *corev1.ConfigMap {
	w.Helper()
	o := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}}
	for _, owner := range owners {
		blocks := true
		o.OwnerReferences = append(o.OwnerReferences, metav1.OwnerReference{APIVersion: "v1", Kind: "ConfigMap", Name: owner.Name, UID: owner.UID, BlockOwnerDeletion: &blocks})
	}
	return clienttest.Create(w, o)
}

// remove deletes a ConfigMap and says what becomes of what it owns.
func remove(w *clienttest.World, name string, policy metav1.DeletionPropagation) {
	w.Helper()
	if err := client.Of[corev1.ConfigMap](w.Client).Delete(w.Context(), "default", name, metav1.DeleteOptions{PropagationPolicy: &policy}); err != nil {
		w.Fatal(err)
	}
}

func isThere(w *clienttest.World, name string) bool {
	_, err := client.Of[corev1.ConfigMap](w.Client).Get(w.Context(), "default", name)
	return err == nil
}

func TestWhatLostItsOwnerGoes(t *testing.T) {
	w := newWorld(t)
	root := owned(w, "root")
	child := owned(w, "child", root)
	owned(w, "grandchild", child)
	other := owned(w, "other")
	owned(w, "shared", root, other)
	remove(w, "root", metav1.DeletePropagationBackground)
	w.Await("child and grandchild are gone", func() bool { return !isThere(w, "child") && !isThere(w, "grandchild") })
	w.Await("the shared one has one owner left", func() bool {
		return len(clienttest.Get[corev1.ConfigMap](w, "default", "shared").OwnerReferences) == 1
	})
	if !isThere(w, "other") {
		t.Error("the other owner is gone")
	}
}

func TestAnOwnerOfTheSameNameIsNotTheOwner(t *testing.T) {
	w := newWorld(t)
	before := owned(w, "root")
	remove(w, "root", metav1.DeletePropagationBackground)
	owned(w, "root")
	owned(w, "child", before)
	w.Await("the child is gone", func() bool { return !isThere(w, "child") })
}

func TestInTheForegroundTheOwnerWaits(t *testing.T) {
	w := newWorld(t)
	root := owned(w, "root")
	child := owned(w, "child", root)
	held := owned(w, "held", child)
	hold := func(finalizers string) {
		patch := []byte(`{"metadata":{"finalizers":` + finalizers + `}}`)
		if _, err := client.Of[corev1.ConfigMap](w.Client).Patch(t.Context(), "default", held.Name, types.MergePatchType, patch); err != nil {
			t.Fatal(err)
		}
	}
	hold(`["example.com/hold"]`)
	remove(w, "root", metav1.DeletePropagationForeground)
	w.Await("the last is being deleted", func() bool {
		return clienttest.Get[corev1.ConfigMap](w, "default", "held").DeletionTimestamp != nil
	})
	for _, name := range []string{"root", "child"} {
		if !isThere(w, name) {
			t.Errorf("%s is gone before what it owns", name)
		}
	}
	hold(`[]`)
	w.Await("all are gone", func() bool { return !isThere(w, "root") && !isThere(w, "child") && !isThere(w, "held") })
}

func TestOrphansStay(t *testing.T) {
	w := newWorld(t)
	root := owned(w, "root")
	owned(w, "child", root)
	remove(w, "root", metav1.DeletePropagationOrphan)
	w.Await("the owner is gone", func() bool { return !isThere(w, "root") })
	if child := clienttest.Get[corev1.ConfigMap](w, "default", "child"); len(child.OwnerReferences) != 0 {
		t.Errorf("got owners %v, want none", child.OwnerReferences)
	}
}
