package status

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"drydock/mini-k8s/kubelet/cri"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// probes are what was found out: the ids of who is not ready, and not started.
type probes struct{ unready, unstarted string }

func (p probes) IsReady(id string) bool   { return !strings.Contains(p.unready, id) }
func (p probes) IsStarted(id string) bool { return !strings.Contains(p.unstarted, id) }

// container reads one from a short text: its name, its attempt and what became of
// it, as in "a1 running" or "a0 exited 3".
func container(t *testing.T, text string) cri.Container {
	t.Helper()
	var name, state string
	var exit int
	fmt.Sscan(text, &name, &state, &exit)
	c := cri.Container{ID: name, Name: name[:1], State: cri.State(state), ExitCode: exit, Reason: "Error"}
	fmt.Sscan(name[1:], &c.Attempt)
	return c
}

// summary tells a status in short: phase, ready or not, and each container.
func summary(s corev1.PodStatus) string {
	text := string(s.Phase)
	for _, c := range s.Conditions {
		if c.Type == corev1.PodReady {
			text += " Ready=" + string(c.Status)
		}
	}
	for _, c := range append(s.InitContainerStatuses, s.ContainerStatuses...) {
		state := "?"
		switch {
		case c.State.Running != nil:
			state = "running"
		case c.State.Waiting != nil:
			state = c.State.Waiting.Reason
		case c.State.Terminated != nil:
			state = fmt.Sprint("exit ", c.State.Terminated.ExitCode)
		}
		text += fmt.Sprintf(", %s: %s %d", c.Name, state, c.RestartCount)
	}
	return text
}

func TestPhaseAndContainers(t *testing.T) {
	const always, onFailure, never = corev1.RestartPolicyAlways, corev1.RestartPolicyOnFailure, corev1.RestartPolicyNever
	for _, test := range []struct {
		name    string
		policy  corev1.RestartPolicy
		init    string // names, a letter each
		there   string // containers, the youngest first
		waiting string // why a waits
		probes  probes
		over    bool
		want    string
	}{
		{"nothing yet", always, "", "", "", probes{}, false, "Pending Ready=False, a: ContainerCreating 0, b: ContainerCreating 0"},
		{"one of two", always, "", "a0 running", "", probes{}, false, "Pending Ready=False, a: running 0, b: ContainerCreating 0"},
		{"both", always, "", "b0 running; a0 running", "", probes{}, false, "Running Ready=True, a: running 0, b: running 0"},
		{"not ready", always, "", "b0 running; a0 running", "", probes{unready: "a0"}, false, "Running Ready=False, a: running 0, b: running 0"},
		{"not started", always, "", "b0 running; a0 running", "", probes{unstarted: "a0"}, false, "Running Ready=False, a: running 0, b: running 0"},
		{"made, not started", always, "", "b0 running; a0 created", "", probes{}, false, "Pending Ready=False, a: ContainerCreating 0, b: running 0"},
		{"crashed", always, "", "a1 exited 3; b0 running; a0 exited 3", "", probes{}, false, "Running Ready=False, a: exit 3 1, b: running 0"},
		{"backing off", always, "", "a1 exited 3; b0 running; a0 exited 3", "CrashLoopBackOff", probes{}, false, "Running Ready=False, a: CrashLoopBackOff 1, b: running 0"},
		{"both backing off", always, "", "a0 exited 3; b0 exited 3", "", probes{}, false, "Running Ready=False, a: exit 3 0, b: exit 3 0"},
		{"no image", always, "", "b0 running", "ErrImagePull", probes{}, false, "Pending Ready=False, a: ErrImagePull 0, b: running 0"},
		{"well", never, "", "a0 exited 0; b0 exited 0", "", probes{}, false, "Succeeded Ready=False, a: exit 0 0, b: exit 0 0"},
		{"badly", never, "", "a0 exited 1; b0 exited 0", "", probes{}, false, "Failed Ready=False, a: exit 1 0, b: exit 0 0"},
		{"to be repeated", onFailure, "", "a0 exited 1; b0 exited 0", "", probes{}, false, "Running Ready=False, a: exit 1 0, b: exit 0 0"},
		{"stopped", always, "", "a0 exited 0; b0 exited 0", "", probes{}, true, "Succeeded Ready=False, a: exit 0 0, b: exit 0 0"},
		{"killed", always, "", "a0 exited 137; b0 exited 0", "CrashLoopBackOff", probes{}, true, "Failed Ready=False, a: exit 137 0, b: exit 0 0"},
		{"first", always, "ij", "i0 running", "", probes{}, false, "Pending Ready=False, i: running 0, j: PodInitializing 0, a: PodInitializing 0, b: PodInitializing 0"},
		{"first failed", never, "ij", "i0 exited 1", "", probes{}, false, "Failed Ready=False, i: exit 1 0, j: PodInitializing 0, a: PodInitializing 0, b: PodInitializing 0"},
		{"first again", always, "i", "i0 exited 1", "", probes{}, false, "Pending Ready=False, i: exit 1 0, a: PodInitializing 0, b: PodInitializing 0"},
		{"initialized", always, "i", "b0 running; a0 running; i0 exited 0", "", probes{}, false, "Running Ready=True, i: exit 0 0, a: running 0, b: running 0"},
	} {
		pod := &corev1.Pod{Spec: corev1.PodSpec{RestartPolicy: test.policy, Containers: []corev1.Container{{Name: "a"}, {Name: "b"}}}}
		for _, name := range test.init {
			pod.Spec.InitContainers = append(pod.Spec.InitContainers, corev1.Container{Name: string(name)})
		}
		v := View{Pod: pod, Probes: test.probes, IsOver: test.over, Now: time.Now()}
		for _, text := range strings.Split(test.there, "; ") {
			if text != "" {
				v.Containers = append(v.Containers, container(t, text))
			}
		}
		if test.waiting != "" {
			v.Waiting = map[string]corev1.ContainerStateWaiting{"a": {Reason: test.waiting}}
		}
		if got := summary(Of(v)); got != test.want {
			t.Errorf("%s: got  %s\nwant %s", test.name, got, test.want)
		}
	}
}

func TestWhatEndedDoesNotBeginAgain(t *testing.T) {
	pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "a"}}}}
	pod.Status.Phase = corev1.PodFailed
	if got := Of(View{Pod: pod, Probes: probes{}, Containers: []cri.Container{container(t, "a0 running")}}).Phase; got != corev1.PodFailed {
		t.Errorf("got %s, want Failed", got)
	}
}

func TestConditions(t *testing.T) {
	long := metav1.NewTime(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))
	pod := &corev1.Pod{Spec: corev1.PodSpec{
		Containers:     []corev1.Container{{Name: "a"}, {Name: "b"}},
		ReadinessGates: []corev1.PodReadinessGate{{ConditionType: "example.com/up"}},
	}}
	pod.Status.Conditions = []corev1.PodCondition{
		{Type: "example.com/other", Status: corev1.ConditionTrue, LastTransitionTime: long},
		{Type: corev1.PodInitialized, Status: corev1.ConditionTrue, LastTransitionTime: long},
	}
	v := View{Pod: pod, Probes: probes{unready: "b0"}, HasSandbox: true, Now: time.Now(),
		Containers: []cri.Container{container(t, "b0 running"), container(t, "a0 running")}}
	conditions := func() map[corev1.PodConditionType]corev1.PodCondition {
		found := map[corev1.PodConditionType]corev1.PodCondition{}
		for _, each := range Of(v).Conditions {
			found[each.Type] = each
		}
		return found
	}
	got := conditions()
	if c := got[corev1.PodReady]; c.Reason != "ContainersNotReady" || c.Message != "containers with unready status: [b]" {
		t.Errorf("got %+v, want b to be named", c)
	}
	if c := got["example.com/other"]; !c.LastTransitionTime.Equal(&long) {
		t.Errorf("another's condition: got %+v", c)
	}
	if c := got[corev1.PodInitialized]; !c.LastTransitionTime.Equal(&long) {
		t.Errorf("a condition that is as before: got %v, want %v", c.LastTransitionTime, long)
	}
	v.Probes = probes{}
	if c := conditions()[corev1.PodReady]; c.Reason != "ReadinessGatesNotReady" {
		t.Errorf("got %+v, want it to wait for the gate", c)
	}
	pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{Type: "example.com/up", Status: corev1.ConditionTrue})
	if c := conditions()[corev1.PodReady]; c.Status != corev1.ConditionTrue {
		t.Errorf("got %+v, want it ready", c)
	}
}
