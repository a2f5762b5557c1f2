package namespace_test

import (
	"context"
	"testing"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/client/clienttest"
	"drydock/mini-k8s/controller"
	"drydock/mini-k8s/controller/controllertest"
	"drydock/mini-k8s/controller/namespace"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// furnished makes a namespace and waits until it has what each has.
func furnished(t *testing.T) *clienttest.World {
	w := clienttest.New(t)
	controllertest.Run(w, func(s *controller.Shared) func(context.Context) { return namespace.New(s, []byte("PEM")).Run })
	clienttest.Create(w, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "room"}})
	w.Await("the room is furnished", func() bool { return hasRoot(w) && hasAccount(w) })
	return w
}

func hasRoot(w *clienttest.World) bool {
	o, err := client.Of[corev1.ConfigMap](w.Client).Get(w.Context(), "room", "kube-root-ca.crt")
	return err == nil && o.Data["ca.crt"] == "PEM"
}

func hasAccount(w *clienttest.World) bool {
	_, err := client.Of[corev1.ServiceAccount](w.Client).Get(w.Context(), "room", "default")
	return err == nil
}

func TestWhatANamespaceHasComesBack(t *testing.T) {
	w := furnished(t)
	maps := client.Of[corev1.ConfigMap](w.Client)
	if err := maps.Delete(t.Context(), "room", "kube-root-ca.crt"); err != nil {
		t.Fatal(err)
	}
	if err := client.Of[corev1.ServiceAccount](w.Client).Delete(t.Context(), "room", "default"); err != nil {
		t.Fatal(err)
	}
	w.Await("both are back", func() bool { return hasRoot(w) && hasAccount(w) })
	changed := clienttest.Get[corev1.ConfigMap](w, "room", "kube-root-ca.crt")
	changed.Data["ca.crt"] = "another"
	if _, err := maps.Update(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	w.Await("the certificate is right again", func() bool { return hasRoot(w) })
}

func TestADeletedNamespaceGoesWhenItIsEmpty(t *testing.T) {
	w := furnished(t)
	pod := clienttest.Pod("p")
	pod.Namespace = "room"
	pod = clienttest.Create(w, pod)
	controllertest.Ready(w, pod, true) // it has to be ended by its node
	namespaces := client.Of[corev1.Namespace](w.Client)
	if err := namespaces.Delete(t.Context(), "", "room"); err != nil {
		t.Fatal(err)
	}
	w.Await("all but the pod is gone", func() bool {
		return !hasRoot(w) && !hasAccount(w) && clienttest.Get[corev1.Pod](w, "room", "p").DeletionTimestamp != nil
	})
	if got := clienttest.Get[corev1.Namespace](w, "", "room").Status.Phase; got != corev1.NamespaceTerminating {
		t.Errorf("got %s, want Terminating while the pod is there", got)
	}
	controllertest.Kubelet(w)
	w.Await("the namespace is gone", func() bool {
		_, err := namespaces.Get(t.Context(), "", "room")
		return client.IsNotFound(err)
	})
}
