package endpointslice

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func pods(n int) []*corev1.Pod {
	var made []*corev1.Pod
	for i := range n {
		made = append(made, &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("p%03d", i), UID: types.UID(fmt.Sprint(i))},
			Spec: corev1.PodSpec{NodeName: "n", Containers: []corev1.Container{{Ports: []corev1.ContainerPort{
				{Name: "web", ContainerPort: 8080, Protocol: corev1.ProtocolTCP},
			}}}},
			Status: corev1.PodStatus{PodIP: fmt.Sprintf("10.244.%d.%d", i/250, i%250+1), Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}},
		})
	}
	return made
}

func service(target intstr.IntOrString) *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "web"}, Spec: corev1.ServiceSpec{
		Ports: []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: target, Protocol: corev1.ProtocolTCP}},
	}}
}

// stored is what the API server would have after some changes.
func stored(changes []Change) []*discoveryv1.EndpointSlice {
	var all []*discoveryv1.EndpointSlice
	for i, change := range changes {
		if change.Now == nil {
			continue
		}
		if change.Old == nil {
			change.Now.UID = types.UID(fmt.Sprint("slice", i))
		}
		all = append(all, change.Now)
	}
	return all
}

func sizesOf(slices []*discoveryv1.EndpointSlice) (sizes []int) {
	for _, slice := range slices {
		sizes = append(sizes, len(slice.Endpoints))
	}
	return sizes
}

func TestASliceHoldsAHundredAndEndpointsStayWhereTheyAre(t *testing.T) {
	s, all := service(intstr.FromInt32(8080)), pods(250)
	have := stored(Plan(s, Groups(s, all), nil))
	if got := fmt.Sprint(sizesOf(have)); got != "[100 100 50]" {
		t.Fatalf("at first: got %s", got)
	}
	gone := append(append([]*corev1.Pod{}, all[:10]...), all[11:]...)
	have = stored(Plan(s, Groups(s, gone), have))
	if got := fmt.Sprint(sizesOf(have)); got != "[99 100 50]" {
		t.Errorf("one is gone: got %s, want only its slice changed", got)
	}
	have = stored(Plan(s, Groups(s, all), have))
	if got := fmt.Sprint(sizesOf(have)); got != "[100 100 50]" {
		t.Errorf("another came: got %s, want it where there is room", got)
	}
	have = stored(Plan(s, Groups(s, all[:100]), have))
	if got := fmt.Sprint(sizesOf(have)); got != "[100]" {
		t.Errorf("most are gone: got %s, want empty slices deleted", got)
	}
	have = stored(Plan(s, nil, have))
	if got := fmt.Sprint(sizesOf(have)); got != "[0]" {
		t.Errorf("nobody is there: got %s, want a slice that says so", got)
	}
}

func TestAPortByNameMayDifferFromPodToPod(t *testing.T) {
	s, all := service(intstr.FromString("web")), pods(3)
	all[1].Spec.Containers[0].Ports[0].ContainerPort = 9090
	all[2].Spec.Containers[0].Ports[0].Name = "other"
	var got []string
	for _, group := range Groups(s, all) {
		ports := ""
		for _, port := range group.Ports {
			ports += fmt.Sprint(*port.Name, *port.Port)
		}
		got = append(got, fmt.Sprintf("%s:%s", ports, group.Endpoints[0].TargetRef.Name))
	}
	if want := "[http8080:p000 http9090:p001 :p002]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestAnEndpointSaysHowThePodIs(t *testing.T) {
	s, now := service(intstr.FromInt32(80)), metav1.Now()
	ending, unready, unborn, over := pods(1)[0], pods(1)[0], pods(1)[0], pods(1)[0]
	ending.DeletionTimestamp = &now
	unready.Status.Conditions = nil
	unborn.Status.PodIP = ""
	over.Status.Phase = corev1.PodSucceeded
	show := func(pod *corev1.Pod) string {
		groups := Groups(s, []*corev1.Pod{pod})
		if len(groups) == 0 {
			return "none"
		}
		c := groups[0].Endpoints[0].Conditions
		return fmt.Sprintf("ready %v serving %v terminating %v", *c.Ready, *c.Serving, *c.Terminating)
	}
	for want, pod := range map[string]*corev1.Pod{
		"ready true serving true terminating false":   pods(1)[0],
		"ready false serving true terminating true":   ending,
		"ready false serving false terminating false": unready,
		"none": unborn,
	} {
		if got := show(pod); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := show(over); got != "none" {
		t.Errorf("a pod that has ended: got %s", got)
	}
	s.Spec.PublishNotReadyAddresses = true
	if got, want := show(unready), "ready true serving false terminating false"; got != want {
		t.Errorf("published all the same: got %s, want %s", got, want)
	}
}
