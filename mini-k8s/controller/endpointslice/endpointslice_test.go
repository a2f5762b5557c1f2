package endpointslice_test

import (
	"context"
	"fmt"
	"testing"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/client/clienttest"
	"drydock/mini-k8s/controller"
	"drydock/mini-k8s/controller/controllertest"
	"drydock/mini-k8s/controller/endpointslice"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func newWorld(t *testing.T) *clienttest.World {
	w := clienttest.New(t)
	controllertest.Run(w, func(s *controller.Shared) func(context.Context) { return endpointslice.New(s).Run })
	clienttest.Create(w, &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web"}, Spec: corev1.ServiceSpec{
		Selector: map[string]string{"app": "web"}, Ports: []corev1.ServicePort{{Port: 80}},
	}})
	return w
}

// answering makes a pod of the Service that has an address.
func answering(w *clienttest.World, name, address string, ready bool) *corev1.Pod {
	pod := clienttest.Pod(name)
	pod.Labels = map[string]string{"app": "web"}
	pod = clienttest.Create(w, pod)
	controllertest.Ready(w, pod, ready)
	patched, err := w.Pods().Patch(w.Context(), "default", name, types.MergePatchType, []byte(`{"status":{"podIP":"`+address+`"}}`), "status")
	if err != nil {
		w.Fatal(err)
	}
	return patched
}

// behind is the endpoints of the Service, ready or not.
func behind(w *clienttest.World) string {
	shown := map[string]bool{}
	for _, slice := range clienttest.List[discoveryv1.EndpointSlice](w, "default") {
		for _, e := range slice.Endpoints {
			shown[e.Addresses[0]] = *e.Conditions.Ready
		}
	}
	return fmt.Sprint(shown)
}

func TestSlicesFollowThePodsOfAService(t *testing.T) {
	w := newWorld(t)
	w.Await("an empty slice", func() bool { return len(clienttest.List[discoveryv1.EndpointSlice](w, "default")) == 1 })
	first := answering(w, "first", "10.244.0.1", true)
	answering(w, "second", "10.244.0.2", false)
	w.Await("both", func() bool { return behind(w) == "map[10.244.0.1:true 10.244.0.2:false]" })
	slices := clienttest.List[discoveryv1.EndpointSlice](w, "default")
	if got := slices[0]; len(slices) != 1 || *got.Ports[0].Port != 80 || got.Labels["kubernetes.io/service-name"] != "web" || got.OwnerReferences[0].Name != "web" {
		t.Errorf("got %v", slices)
	}
	var old *corev1.Endpoints //lint:ignore SA1019 older clients read it
	w.Await("the older form", func() bool {
		old = clienttest.Get[corev1.Endpoints](w, "default", "web") //lint:ignore SA1019 older clients read it
		return len(old.Subsets) == 1 && len(old.Subsets[0].Addresses) == 1 && len(old.Subsets[0].NotReadyAddresses) == 1
	})
	if err := w.Pods().Delete(t.Context(), "default", "first"); err != nil { // has time to end
		t.Fatal(err)
	}
	w.Await("the first is not ready any more", func() bool { return behind(w) == "map[10.244.0.1:false 10.244.0.2:false]" })
	now := int64(0)
	if err := w.Pods().Delete(t.Context(), "default", first.Name, metav1.DeleteOptions{GracePeriodSeconds: &now}); err != nil {
		t.Fatal(err)
	}
	w.Await("and then gone", func() bool { return behind(w) == "map[10.244.0.2:false]" })
}

func TestASliceThatIsDeletedComesBack(t *testing.T) {
	w := newWorld(t)
	answering(w, "first", "10.244.0.1", true)
	w.Await("one, and the empty one from before is gone", func() bool {
		return behind(w) == "map[10.244.0.1:true]" && len(clienttest.List[discoveryv1.EndpointSlice](w, "default")) == 1
	})
	slice := clienttest.List[discoveryv1.EndpointSlice](w, "default")[0]
	if err := client.Of[discoveryv1.EndpointSlice](w.Client).Delete(t.Context(), "default", slice.Name); err != nil {
		t.Fatal(err)
	}
	w.Await("it is back", func() bool {
		slices := clienttest.List[discoveryv1.EndpointSlice](w, "default")
		return len(slices) == 1 && slices[0].UID != slice.UID && len(slices[0].Endpoints) == 1
	})
}
