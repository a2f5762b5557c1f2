package node_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/client/clienttest"
	"drydock/mini-k8s/controller"
	"drydock/mini-k8s/controller/controllertest"
	"drydock/mini-k8s/controller/node"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func newWorld(t *testing.T, grace time.Duration) *clienttest.World {
	w := clienttest.New(t)
	controllertest.Run(w, func(s *controller.Shared) func(context.Context) { return node.New(s, grace).Run })
	return w
}

// ready makes node n, which says that it is ready.
func ready(w *clienttest.World) {
	w.Helper()
	clienttest.Create(w, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n"}, Status: corev1.NodeStatus{
		Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}},
	}})
}

// taints is those of node n.
func taints(w *clienttest.World) string {
	var shown []string
	for _, taint := range clienttest.Get[corev1.Node](w, "", "n").Spec.Taints {
		shown = append(shown, taint.Key+":"+string(taint.Effect))
	}
	return fmt.Sprint(shown)
}

// onNode makes a pod that runs on node n and tolerates its loss for some time.
func onNode(w *clienttest.World, name string, seconds int64) {
	w.Helper()
	pod := clienttest.Pod(name)
	pod.Spec.Tolerations = []corev1.Toleration{{Operator: corev1.TolerationOpExists, TolerationSeconds: &seconds, Effect: corev1.TaintEffectNoExecute}}
	controllertest.Ready(w, clienttest.Create(w, pod), true)
}

const unreachable = "[node.kubernetes.io/unreachable:NoSchedule node.kubernetes.io/unreachable:NoExecute]"

func TestANodeThatFallsSilentLosesItsPods(t *testing.T) {
	w := newWorld(t, 200*time.Millisecond)
	ready(w)
	onNode(w, "short", 0)
	onNode(w, "long", 3600)
	w.Await("the node is unreachable", func() bool { return taints(w) == unreachable })
	condition := clienttest.Get[corev1.Node](w, "", "n").Status.Conditions[0]
	if condition.Status != corev1.ConditionUnknown || condition.Reason != "NodeStatusUnknown" {
		t.Errorf("got %v", condition)
	}
	w.Await("the pod that does not wait is deleted", func() bool {
		return clienttest.Get[corev1.Pod](w, "default", "short").DeletionTimestamp != nil
	})
	long := clienttest.Get[corev1.Pod](w, "default", "long")
	if long.DeletionTimestamp != nil || long.Status.Conditions[0].Status != corev1.ConditionFalse {
		t.Errorf("the pod that waits: got deletion %v, conditions %v; want it to stay and not to be ready", long.DeletionTimestamp, long.Status.Conditions)
	}
}

func TestALeaseThatIsRenewedKeepsANode(t *testing.T) {
	const grace = 2 * time.Second
	w := newWorld(t, grace)
	ready(w)
	now := metav1.NowMicro()
	lease := clienttest.Create(w, &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: corev1.NamespaceNodeLease, Name: "n"}, Spec: coordinationv1.LeaseSpec{RenewTime: &now}})
	leases := client.Of[coordinationv1.Lease](w.Client)
	begin, late := time.Now(), time.Duration(0)
	for last := begin; time.Since(begin) < 2*grace; {
		now := metav1.NowMicro()
		lease.Spec.RenewTime = &now
		var err error
		if lease, err = leases.Update(t.Context(), lease); err != nil {
			t.Fatal(err)
		}
		late, last = max(late, time.Since(last)), time.Now()
	}
	if late > grace/2 {
		t.Skipf("this machine stalled for %v", late)
	}
	if got := taints(w); got != "[]" {
		t.Errorf("got %s, want a node that is alive", got)
	}
	w.Await("it falls silent", func() bool { return taints(w) == unreachable })
	heartbeat := []byte(`{"status":{"conditions":[{"type":"Ready","status":"True","lastHeartbeatTime":"` + time.Now().Add(time.Hour).UTC().Format(time.RFC3339) + `"}]}}`)
	if _, err := client.Of[corev1.Node](w.Client).Patch(t.Context(), "", "n", types.StrategicMergePatchType, heartbeat, "status"); err != nil {
		t.Fatal(err)
	}
	w.Await("it is back", func() bool { return taints(w) == "[]" })
}

func TestPodsOfANodeThatIsGoneGo(t *testing.T) {
	w := newWorld(t, time.Hour)
	ready(w)
	onNode(w, "p", 3600)
	if err := client.Of[corev1.Node](w.Client).Delete(t.Context(), "", "n"); err != nil {
		t.Fatal(err)
	}
	w.Await("the pod is gone", func() bool { return len(clienttest.List[corev1.Pod](w, "default")) == 0 })
}

func TestOthersTaintsStay(t *testing.T) {
	now := metav1.Now()
	n := &corev1.Node{Spec: corev1.NodeSpec{Unschedulable: true, Taints: []corev1.Taint{
		{Key: "mine", Effect: corev1.TaintEffectNoSchedule},
		{Key: corev1.TaintNodeNotReady, Effect: corev1.TaintEffectNoExecute},
	}}, Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{
		{Type: corev1.NodeReady, Status: corev1.ConditionTrue}, {Type: corev1.NodeDiskPressure, Status: corev1.ConditionTrue},
	}}}
	var shown []string
	for _, taint := range node.Taints(n, now) {
		shown = append(shown, taint.Key)
	}
	if got, want := fmt.Sprint(shown), "[mine node.kubernetes.io/unschedulable node.kubernetes.io/disk-pressure]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
