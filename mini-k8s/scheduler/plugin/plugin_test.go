package plugin_test

import (
	"fmt"
	"testing"

	"drydock/mini-k8s/scheduler/plugin"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func quantities(cpu, memory string) corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory), corev1.ResourcePods: resource.MustParse("3"),
	}
}

func node() *plugin.Node {
	n := plugin.NewNode()
	n.Node = &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: "n", Labels: map[string]string{"disk": "ssd", "rank": "5"}},
		Status:     corev1.NodeStatus{Allocatable: quantities("2", "4Gi")},
	}
	return n
}

func asking(cpu, memory string) *corev1.Pod {
	list := quantities(cpu, memory)
	delete(list, corev1.ResourcePods)
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{UID: types.UID(cpu + memory)},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Resources: corev1.ResourceRequirements{Requests: list}}}},
	}
}

// refusal is what the filters say of a pod and a node.
func refusal(pod *corev1.Pod, n *plugin.Node) string {
	for _, each := range plugin.Filters() {
		if reasons := each.Filter(pod, n); len(reasons) > 0 {
			return fmt.Sprint(reasons)
		}
	}
	return "fits"
}

func TestANodeHasOnlySoMuchRoom(t *testing.T) {
	n := node()
	n.Put(asking("1500m", "1Gi"))
	for _, test := range []struct {
		pod  *corev1.Pod
		want string
	}{
		{asking("500m", "3Gi"), "fits"},
		{asking("501m", "1Gi"), "[Insufficient cpu]"},
		{asking("1", "4Gi"), "[Insufficient cpu Insufficient memory]"},
	} {
		if got := refusal(test.pod, n); got != test.want {
			t.Errorf("%s: got %s, want %s", test.pod.UID, got, test.want)
		}
	}
	n.Take(asking("1500m", "1Gi"))
	if got := refusal(asking("2", "4Gi"), n); got != "fits" {
		t.Errorf("when the other has gone: got %s", got)
	}
	for i := range 3 {
		n.Put(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{UID: types.UID(fmt.Sprint(i))}})
	}
	if got := refusal(&corev1.Pod{}, n); got != "[Too many pods]" {
		t.Errorf("a fourth pod: got %s", got)
	}
}

func TestWhatStartsFirstCountsOnlyWhereItIsMore(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	part := func(cpu string, restart *corev1.ContainerRestartPolicy) corev1.Container {
		list := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu)}
		return corev1.Container{RestartPolicy: restart, Resources: corev1.ResourceRequirements{Requests: list}}
	}
	for _, test := range []struct {
		init, main []corev1.Container
		want       int64
	}{
		{nil, []corev1.Container{part("1", nil), part("1", nil)}, 2000},
		{[]corev1.Container{part("3", nil), part("1", nil)}, []corev1.Container{part("1", nil)}, 3000},
		{[]corev1.Container{part("1", &always), part("3", nil)}, []corev1.Container{part("1", nil)}, 4000},
		{[]corev1.Container{part("3", nil), part("1", &always)}, []corev1.Container{part("4", nil)}, 5000},
	} {
		pod := &corev1.Pod{Spec: corev1.PodSpec{InitContainers: test.init, Containers: test.main}}
		if got := plugin.Requests(pod)[corev1.ResourceCPU]; got != test.want {
			t.Errorf("%d before and %d: got %d, want %d", len(test.init), len(test.main), got, test.want)
		}
	}
}

func TestTaintsAndLabelsKeepPodsAway(t *testing.T) {
	in := func(key string, how corev1.NodeSelectorOperator, values ...string) *corev1.Pod {
		return &corev1.Pod{Spec: corev1.PodSpec{Affinity: &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
			RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{Key: key, Operator: how, Values: values}},
			}}},
		}}}}
	}
	tainted, cordoned := node(), node()
	tainted.Spec.Taints = []corev1.Taint{{Key: "gpu", Value: "yes", Effect: corev1.TaintEffectNoSchedule}}
	cordoned.Spec.Unschedulable = true
	tolerant := func(t corev1.Toleration) *corev1.Pod {
		return &corev1.Pod{Spec: corev1.PodSpec{Tolerations: []corev1.Toleration{t}}}
	}
	const unselected = "[node(s) didn't match Pod's node affinity/selector]"
	const untolerated = "[node(s) had untolerated taint {gpu: yes}]"
	for name, test := range map[string]struct {
		pod  *corev1.Pod
		node *plugin.Node
		want string
	}{
		"taint":             {&corev1.Pod{}, tainted, untolerated},
		"tolerated":         {tolerant(corev1.Toleration{Key: "gpu", Value: "yes"}), tainted, "fits"},
		"another value":     {tolerant(corev1.Toleration{Key: "gpu", Value: "no"}), tainted, untolerated},
		"another effect":    {tolerant(corev1.Toleration{Key: "gpu", Operator: "Exists", Effect: "NoExecute"}), tainted, untolerated},
		"everything":        {tolerant(corev1.Toleration{Operator: "Exists"}), tainted, "fits"},
		"cordoned":          {&corev1.Pod{}, cordoned, "[node(s) were unschedulable]"},
		"cordon tolerated":  {tolerant(corev1.Toleration{Operator: "Exists"}), cordoned, "fits"},
		"selector":          {&corev1.Pod{Spec: corev1.PodSpec{NodeSelector: map[string]string{"disk": "ssd"}}}, node(), "fits"},
		"another label":     {&corev1.Pod{Spec: corev1.PodSpec{NodeSelector: map[string]string{"disk": "hdd"}}}, node(), unselected},
		"in":                {in("disk", "In", "hdd", "ssd"), node(), "fits"},
		"not in":            {in("disk", "NotIn", "hdd", "ssd"), node(), unselected},
		"exists":            {in("gpu", "Exists"), node(), unselected},
		"does not exist":    {in("gpu", "DoesNotExist"), node(), "fits"},
		"greater":           {in("rank", "Gt", "4"), node(), "fits"},
		"less":              {in("rank", "Lt", "5"), node(), unselected},
		"what is not there": {in("disk", "Gt", "1"), node(), unselected},
	} {
		if got := refusal(test.pod, test.node); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

func TestAPortOfANodeIsHeldOnce(t *testing.T) {
	holding := func(ip string, port int32) *corev1.Pod {
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{UID: types.UID(ip)}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Ports: []corev1.ContainerPort{{HostIP: ip, HostPort: port}}}}}}
	}
	n := node()
	n.Put(holding("127.0.0.1", 80))
	for _, test := range []struct {
		pod  *corev1.Pod
		fits bool
	}{{holding("", 80), false}, {holding("127.0.0.2", 80), true}, {holding("127.0.0.1", 81), true}} {
		if got := refusal(test.pod, n) == "fits"; got != test.fits {
			t.Errorf("%v: got %v", test.pod.Spec.Containers[0].Ports, got)
		}
	}
}

func TestTheEmptierNodeIsBetter(t *testing.T) {
	empty, full := node(), node()
	full.Put(asking("1", "1Gi"))
	if better, worse := (plugin.LeastAllocated{}).Score(asking("1", "1Gi"), empty), (plugin.LeastAllocated{}).Score(asking("1", "1Gi"), full); better != 62 || worse != 25 {
		t.Errorf("got %d and %d, want 62 (half of the CPU, three quarters of the memory) and 25", better, worse)
	}
}
