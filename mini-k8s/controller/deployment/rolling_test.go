package deployment

import (
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// sized returns a ReplicaSet of some pods, of which some are available, that was
// a part of a whole.
func sized(name string, replicas, available int32, whole string) *appsv1.ReplicaSet {
	return &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{maxAnnotation: whole}},
		Spec:       appsv1.ReplicaSetSpec{Replicas: &replicas}, Status: appsv1.ReplicaSetStatus{Replicas: replicas, AvailableReplicas: available},
	}
}

func rolling(replicas int32, surge, unavailable string) *rollout {
	s, u := intstr.Parse(surge), intstr.Parse(unavailable)
	return &rollout{Deployment: &appsv1.Deployment{Spec: appsv1.DeploymentSpec{Replicas: &replicas, Strategy: appsv1.DeploymentStrategy{
		Type: appsv1.RollingUpdateDeploymentStrategyType, RollingUpdate: &appsv1.RollingUpdateDeployment{MaxSurge: &s, MaxUnavailable: &u},
	}}}}
}

func show(sizes []Size) (shown string) {
	for _, size := range sizes {
		shown += fmt.Sprintf("%s:%d ", size.Set.Name, size.Replicas)
	}
	return shown
}

func TestARollingUpdateStaysWithinItsLimits(t *testing.T) {
	for name, test := range map[string]struct {
		r         *rollout
		old, next *appsv1.ReplicaSet
		want      string
	}{
		"the new takes what surge allows":       {rolling(4, "1", "0"), sized("old", 4, 4, "5"), sized("new", 0, 0, "5"), "new:1 "},
		"the old waits until it is available":   {rolling(4, "1", "0"), sized("old", 4, 4, "5"), sized("new", 1, 0, "5"), "new:1 old:4 "},
		"and then shrinks":                      {rolling(4, "1", "0"), sized("old", 4, 4, "5"), sized("new", 1, 1, "5"), "new:1 old:3 "},
		"some may be missing":                   {rolling(4, "0", "50%"), sized("old", 4, 4, "4"), sized("new", 0, 0, "4"), "new:0 old:2 "},
		"what is not available goes first":      {rolling(4, "1", "0"), sized("old", 4, 1, "5"), sized("new", 1, 0, "5"), "new:1 old:4 "},
		"it goes where that is no loss":         {rolling(4, "2", "1"), sized("old", 4, 2, "6"), sized("new", 2, 2, "6"), "new:2 old:1 "},
		"never more than wanted":                {rolling(2, "100%", "0"), sized("old", 1, 1, "4"), sized("new", 3, 3, "4"), "new:2 "},
		"the rest of the old goes":              {rolling(4, "1", "0"), sized("old", 1, 1, "5"), sized("new", 4, 4, "5"), "new:4 old:0 "},
		"no limit at all leaves one to move":    {rolling(4, "0", "0"), sized("old", 4, 4, "4"), sized("new", 0, 0, "4"), "new:0 old:3 "},
		"percentages are rounded for the worse": {rolling(10, "25%", "25%"), sized("old", 10, 10, "13"), sized("new", 3, 0, "13"), "new:3 old:8 "},
	} {
		test.r.old, test.r.current = []*appsv1.ReplicaSet{test.old}, test.next
		if got := show(Rolling(test.r)); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

func TestAScaledRolloutKeepsItsParts(t *testing.T) {
	for name, test := range map[string]struct {
		r         *rollout
		old, next *appsv1.ReplicaSet
		want      string
	}{
		"up":       {rolling(10, "0", "1"), sized("old", 4, 4, "5"), sized("new", 1, 1, "5"), "old:8 new:2 "},
		"down":     {rolling(5, "0", "1"), sized("old", 8, 8, "10"), sized("new", 2, 0, "10"), "old:4 new:1 "},
		"to none":  {rolling(0, "25%", "1"), sized("old", 8, 8, "10"), sized("new", 2, 0, "10"), "old:0 new:0 "},
		"one only": {rolling(7, "1", "1"), sized("old", 0, 0, "10"), sized("new", 2, 0, "10"), "new:7 "},
	} {
		test.r.old, test.r.current = []*appsv1.ReplicaSet{test.old}, test.next
		if got := show(Proportional(test.r)); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

func TestRecreateWaitsForTheLastOldPod(t *testing.T) {
	r := rolling(3, "1", "1")
	r.old, r.current = []*appsv1.ReplicaSet{sized("old", 3, 3, "3")}, sized("new", 0, 0, "3")
	if got, want := show(Recreate(r, true)), "old:0 "; got != want {
		t.Errorf("at first: got %s, want %s", got, want)
	}
	r.old[0] = sized("old", 0, 0, "3")
	if got, want := show(Recreate(r, true)), "old:0 "; got != want {
		t.Errorf("while one ends: got %s, want %s", got, want)
	}
	if got, want := show(Recreate(r, false)), "old:0 new:3 "; got != want {
		t.Errorf("then: got %s, want %s", got, want)
	}
}
