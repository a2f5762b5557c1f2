package deployment_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/client/clienttest"
	"drydock/mini-k8s/controller"
	"drydock/mini-k8s/controller/controllertest"
	"drydock/mini-k8s/controller/deployment"
	"drydock/mini-k8s/controller/replicaset"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// newWorld runs the controllers, and a kubelet on which image broken never gets
// ready.
func newWorld(t *testing.T) *clienttest.World {
	w := clienttest.New(t)
	controllertest.Run(w,
		func(s *controller.Shared) func(context.Context) { return replicaset.New(s).Run },
		func(s *controller.Shared) func(context.Context) { return deployment.New(s).Run })
	controllertest.Kubelet(w, "broken")
	return w
}

func web(replicas int32) *appsv1.Deployment {
	labels := map[string]string{"app": "web"}
	return &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web"}, Spec: appsv1.DeploymentSpec{
		Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: clienttest.PodSpec()},
	}}
}

func patch(w *clienttest.World, text string) {
	w.Helper()
	if _, err := client.Of[appsv1.Deployment](w.Client).Patch(w.Context(), "default", "web", types.StrategicMergePatchType, []byte(text)); err != nil {
		w.Fatal(err)
	}
}

func setImage(w *clienttest.World, image string) {
	w.Helper()
	patch(w, `{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"`+image+`"}]}}}}`)
}

// awaitProgress waits for why the Deployment makes progress, of the generation
// that it has.
func awaitProgress(w *clienttest.World, reason string) (d *appsv1.Deployment) {
	w.Helper()
	w.Await(reason, func() bool {
		d = clienttest.Get[appsv1.Deployment](w, "default", "web")
		for _, c := range d.Status.Conditions {
			if c.Type == appsv1.DeploymentProgressing && c.Reason == reason {
				return d.Status.ObservedGeneration == d.Generation
			}
		}
		return false
	})
	return d
}

// shape is revision, image and size of each ReplicaSet with pods.
func shape(w *clienttest.World) string {
	var shown []string
	for _, set := range clienttest.List[appsv1.ReplicaSet](w, "default") {
		if *set.Spec.Replicas > 0 {
			shown = append(shown, fmt.Sprintf("%s %s %d", set.Annotations["deployment.kubernetes.io/revision"], set.Spec.Template.Spec.Containers[0].Image, *set.Spec.Replicas))
		}
	}
	return strings.Join(shown, ", ")
}

func TestAnImageIsRolledOutAndBack(t *testing.T) {
	w := newWorld(t)
	clienttest.Create(w, web(4))
	d := awaitProgress(w, "NewReplicaSetAvailable")
	if got := d.Status; got.Replicas != 4 || got.UpdatedReplicas != 4 || got.AvailableReplicas != 4 || got.UnavailableReplicas != 0 {
		t.Errorf("got %+v", got)
	}
	set := clienttest.List[appsv1.ReplicaSet](w, "default")[0]
	hash := set.Labels["pod-template-hash"]
	if set.Name != "web-"+hash || set.Spec.Selector.MatchLabels["pod-template-hash"] != hash || metav1.GetControllerOf(&set).Name != "web" {
		t.Errorf("the ReplicaSet: got %s with hash %q, owners %v", set.Name, hash, set.OwnerReferences)
	}
	setImage(w, "nginx:2")
	w.Await("nginx:2 everywhere", func() bool { return shape(w) == "2 nginx:2 4" })
	awaitProgress(w, "NewReplicaSetAvailable")
	setImage(w, "nginx:1")
	w.Await("nginx:1 again, as revision 3", func() bool { return shape(w) == "3 nginx:1 4" })
	if got := len(clienttest.List[appsv1.ReplicaSet](w, "default")); got != 2 {
		t.Errorf("got %d ReplicaSets, want 2: an old template has its ReplicaSet already", got)
	}
	w.Await("the Deployment knows its revision", func() bool {
		return clienttest.Get[appsv1.Deployment](w, "default", "web").Annotations["deployment.kubernetes.io/revision"] == "3"
	})
}

func TestABrokenImageStopsTheRollout(t *testing.T) {
	w := newWorld(t)
	d := web(4)
	d.Spec.ProgressDeadlineSeconds = new(int32(1))
	clienttest.Create(w, d)
	awaitProgress(w, "NewReplicaSetAvailable")
	setImage(w, "broken")
	got := awaitProgress(w, "ProgressDeadlineExceeded")
	if got.Status.AvailableReplicas < 3 {
		t.Errorf("got %d available, want 3 of 4 at least (25%% may be missing)", got.Status.AvailableReplicas)
	}
	setImage(w, "nginx:1")
	awaitProgress(w, "NewReplicaSetAvailable")
	w.Await("all are back", func() bool { return shape(w) == "3 nginx:1 4" })
}

func TestAPausedDeploymentIsScaledButNotRolledOut(t *testing.T) {
	w := newWorld(t)
	clienttest.Create(w, web(2))
	awaitProgress(w, "NewReplicaSetAvailable")
	patch(w, `{"spec":{"paused":true}}`)
	setImage(w, "nginx:2")
	patch(w, `{"spec":{"replicas":3}}`)
	awaitProgress(w, "DeploymentPaused")
	w.Await("it is scaled", func() bool { return shape(w) == "1 nginx:1 3" })
	patch(w, `{"spec":{"paused":false}}`)
	w.Await("it is rolled out", func() bool { return shape(w) == "2 nginx:2 3" })
}

func TestHistoryIsForgottenBeyondItsLimit(t *testing.T) {
	w := newWorld(t)
	d := web(1)
	d.Spec.RevisionHistoryLimit = new(int32(1))
	clienttest.Create(w, d)
	for i := 2; i <= 4; i++ {
		awaitProgress(w, "NewReplicaSetAvailable")
		setImage(w, fmt.Sprint("nginx:", i))
		w.Await("rolled out", func() bool { return shape(w) == fmt.Sprintf("%d nginx:%d 1", i, i) })
	}
	w.Await("two ReplicaSets are left", func() bool { return len(clienttest.List[appsv1.ReplicaSet](w, "default")) == 2 })
}

func TestRecreateHasNoTwoVersionsAtATime(t *testing.T) {
	w := newWorld(t)
	d := web(2)
	d.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType
	clienttest.Create(w, d)
	awaitProgress(w, "NewReplicaSetAvailable")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	images, both := map[string]string{}, false
	setImage(w, "nginx:2")
	for event, err := range w.Pods().Watch(ctx, "default", client.Selector{}, "") {
		if err != nil {
			t.Fatal(err)
		}
		if event.Type == "DELETED" {
			delete(images, event.Object.Name)
		} else if event.Type != "BOOKMARK" {
			images[event.Object.Name] = event.Object.Spec.Containers[0].Image
		}
		count := map[string]int{}
		for _, image := range images {
			count[image]++
		}
		both = both || len(count) > 1
		if count["nginx:2"] == 2 {
			break
		}
	}
	if both {
		t.Error("two versions ran at a time")
	}
}
