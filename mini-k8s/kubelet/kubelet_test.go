package kubelet

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/client/clienttest"
	"drydock/mini-k8s/kubelet/podspec"
	"drydock/mini-k8s/observe"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// node is a kubelet in a world with an API server, over a runtime that is none.
type node struct {
	*clienttest.World
	runtime *fake
	network *wires
	ahead   atomic.Int64 // how far the kubelet's clock is before ours
	config  Config
}

func newNode(t *testing.T) *node {
	n := &node{World: clienttest.New(t), runtime: newFake(), network: &wires{given: map[string]netip.Addr{}, next: netip.MustParseAddr("10.244.1.1")}}
	n.config = Config{
		NodeName: "n1", Client: n.Client, Runtime: n.runtime, Network: n.network, Dir: t.TempDir(),
		Address: netip.MustParseAddr("192.0.2.1"), Port: 10250, MaxPods: 110, LeaseInterval: 10 * time.Second, Metrics: observe.New(),
		Cluster: podspec.Cluster{DNS: []string{"10.96.0.10"}, Domain: "cluster.local"},
		Now:     func() time.Time { return time.Now().Add(time.Duration(n.ahead.Load())) },
	}
	return n
}

// run runs a kubelet until the test ends, or end is called.
func (n *node) run() (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := New(n.config).Run(ctx); err != nil {
			n.Errorf("the kubelet ended with %v", err)
		}
	}()
	end = func() {
		cancel()
		<-ended
	}
	n.Cleanup(end)
	return end
}

// pass lets time pass for the kubelet.
func (n *node) pass(d time.Duration) { n.ahead.Add(int64(d)) }

// podOf returns a pod of this node with one container.
func podOf(name string, change ...func(*corev1.PodSpec)) *corev1.Pod {
	p := clienttest.Pod(name)
	p.Spec.NodeName, p.Spec.Containers[0].Image = "n1", "app:1"
	for _, each := range change {
		each(&p.Spec)
	}
	return p
}

func (n *node) pod(name string) *corev1.Pod {
	return clienttest.Get[corev1.Pod](n.World, "default", name)
}

// await waits until a pod is as it should be.
func (n *node) await(name, fact string, holds func(*corev1.Pod) bool) *corev1.Pod {
	n.Helper()
	n.Await("pod "+name+": "+fact, func() bool { return holds(n.pod(name)) })
	return n.pod(name)
}

func isReady(p *corev1.Pod) bool {
	return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

func waitsFor(reason string) func(*corev1.Pod) bool {
	return func(p *corev1.Pod) bool {
		s := append(p.Status.InitContainerStatuses, p.Status.ContainerStatuses...)
		return slices.ContainsFunc(s, func(c corev1.ContainerStatus) bool { return c.State.Waiting != nil && c.State.Waiting.Reason == reason })
	}
}

// awaitEvent waits until people are told something of a pod.
func (n *node) awaitEvent(reason, message string) {
	n.Helper()
	n.Await("event "+reason+": "+message, func() bool {
		return slices.ContainsFunc(clienttest.List[corev1.Event](n.World, "default"), func(e corev1.Event) bool {
			return e.Reason == reason && strings.Contains(e.Message, message)
		})
	})
}

func (n *node) delete(name string, options ...metav1.DeleteOptions) {
	n.Helper()
	if err := client.Of[corev1.Pod](n.Client).Delete(n.Context(), "default", name, options...); err != nil {
		n.Fatal(err)
	}
}

func (n *node) awaitGone(name string) {
	n.Helper()
	n.Await("pod "+name+" is gone", func() bool {
		_, err := client.Of[corev1.Pod](n.Client).Get(n.Context(), "default", name)
		return client.IsNotFound(err)
	})
}

func TestAPodRunsAndIsDeleted(t *testing.T) {
	n := newNode(t)
	n.run()
	clienttest.Create(n.World, podOf("web"))
	p := n.await("web", "ready", isReady)
	s := p.Status
	if s.Phase != corev1.PodRunning || s.PodIP != "10.244.1.2" || s.HostIP != "192.0.2.1" || s.ContainerStatuses[0].RestartCount != 0 {
		t.Errorf("got %+v, want it running at 10.244.1.2", s)
	}
	for reason, message := range map[string]string{
		"Pulled": `Container image "app:1" already present on machine`, "Created": "Created container: c", "Started": "Started container c",
	} {
		n.awaitEvent(reason, message)
	}
	n.delete("web")
	n.awaitGone("web")
	n.awaitEvent("Killing", "Stopping container c")
	if len(n.runtime.sandboxes) != 0 || len(n.runtime.containers) != 0 || n.network.count() != 0 {
		t.Errorf("left: %v %v %v", n.runtime.sandboxes, n.runtime.containers, n.network.given)
	}
}

func TestTheNodeIsRegistered(t *testing.T) {
	n := newNode(t)
	end := n.run()
	var got *corev1.Node
	n.Await("the node is ready", func() bool {
		var err error
		got, err = client.Of[corev1.Node](n.Client).Get(n.Context(), "", "n1")
		return err == nil && len(got.Status.Conditions) == 4 && got.Status.Conditions[3].Status == corev1.ConditionTrue
	})
	if got.Status.DaemonEndpoints.KubeletEndpoint.Port != 10250 || got.Status.Addresses[0].Address != "192.0.2.1" ||
		got.Status.Capacity.Cpu().IsZero() || got.Labels[corev1.LabelHostname] != "n1" {
		t.Errorf("got %+v", got)
	}
	end()
	n.config.Labels = map[string]string{"disk": "ssd"}
	n.run()
	n.Await("the node that was there has the new label", func() bool {
		return clienttest.Get[corev1.Node](n.World, "", "n1").Labels["disk"] == "ssd"
	})
}

func TestANewKubeletLeavesContainersAlone(t *testing.T) {
	n := newNode(t)
	end := n.run()
	clienttest.Create(n.World, podOf("web", func(s *corev1.PodSpec) {
		s.Containers[0].ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"check"}}}}
	}))
	n.runtime.exec = func(string) (int, error) { return 0, nil }
	before := n.await("web", "ready", isReady)
	end()
	n.runtime.mutex.Lock()
	n.runtime.exec = func(string) (int, error) { return 1, errors.New("not now") }
	n.runtime.mutex.Unlock()
	n.run()
	clienttest.Create(n.World, podOf("other"))
	n.await("other", "ready", isReady)
	after := n.pod("web")
	if !isReady(after) || after.Status.ContainerStatuses[0].ContainerID != before.Status.ContainerStatuses[0].ContainerID || n.runtime.count("c") != 2 {
		t.Errorf("got %+v, want what the first kubelet left", after.Status)
	}
}

func TestACrashingContainerIsStartedLaterAndLater(t *testing.T) {
	n := newNode(t)
	n.run()
	clienttest.Create(n.World, podOf("web"))
	n.await("web", "ready", isReady)
	n.runtime.exits("c", 3)
	restarts := func(count int32) func(*corev1.Pod) bool {
		return func(p *corev1.Pod) bool {
			s := p.Status.ContainerStatuses[0]
			return s.RestartCount == count && s.State.Running != nil
		}
	}
	p := n.await("web", "running again at once", restarts(1))
	if last := p.Status.ContainerStatuses[0].LastTerminationState.Terminated; last == nil || last.ExitCode != 3 || last.Reason != "Error" {
		t.Errorf("got last state %+v, want exit 3", last)
	}
	n.runtime.exits("c", 3)
	p = n.await("web", "backing off", waitsFor("CrashLoopBackOff"))
	if p.Status.Phase != corev1.PodRunning || p.Status.ContainerStatuses[0].RestartCount != 1 {
		t.Errorf("got %+v, want phase Running and one restart", p.Status)
	}
	n.awaitEvent("BackOff", "Back-off restarting failed container c in pod web_default(")
	n.pass(firstRetry)
	n.touch("web")
	n.await("web", "running after ten seconds", restarts(2))
	if got := n.runtime.count("c"); got != 2 {
		t.Errorf("got %d containers kept, want the one before the last too", got)
	}
}

// touch has the kubelet look at a pod: its clock is before that of its timers.
func (n *node) touch(name string) {
	n.Helper()
	patch := []byte(`{"metadata":{"annotations":{"touched":"` + time.Now().String() + `"}}}`)
	if _, err := client.Of[corev1.Pod](n.Client).Patch(n.Context(), "default", name, "application/merge-patch+json", patch); err != nil {
		n.Fatal(err)
	}
}

func TestRestartPolicyDecidesHowAPodEnds(t *testing.T) {
	n := newNode(t)
	n.run()
	for name, test := range map[string]struct {
		policy corev1.RestartPolicy
		exit   int
		want   corev1.PodPhase
	}{
		"never-well":   {corev1.RestartPolicyNever, 0, corev1.PodSucceeded},
		"never-badly":  {corev1.RestartPolicyNever, 1, corev1.PodFailed},
		"failure-well": {corev1.RestartPolicyOnFailure, 0, corev1.PodSucceeded},
	} {
		clienttest.Create(n.World, podOf(name, func(s *corev1.PodSpec) { s.RestartPolicy, s.Containers[0].Name = test.policy, name }))
		n.await(name, "ready", isReady)
		n.runtime.exits(name, test.exit)
		p := n.await(name, string(test.want), func(p *corev1.Pod) bool { return p.Status.Phase == test.want })
		if isReady(p) || p.Status.ContainerStatuses[0].State.Terminated == nil {
			t.Errorf("%s: got %+v", name, p.Status)
		}
		n.Await(name+" gives its address back", func() bool { return n.network.count() == 0 })
	}
}

func TestInitContainersRunOneAfterTheOther(t *testing.T) {
	n := newNode(t)
	n.run()
	clienttest.Create(n.World, podOf("web", func(s *corev1.PodSpec) {
		always := corev1.ContainerRestartPolicyAlways
		s.InitContainers = []corev1.Container{
			{Name: "first", Image: "app:1"}, {Name: "beside", Image: "app:1", RestartPolicy: &always}, {Name: "second", Image: "app:1"},
		}
	}))
	n.Await("first runs", func() bool { return n.runtime.exits("first", 0) })
	n.Await("second runs", func() bool { return n.runtime.count("second") == 1 })
	if n.runtime.count("beside") != 1 || n.runtime.count("c") != 0 {
		t.Errorf("got %d of beside and %d of c, want 1 and 0", n.runtime.count("beside"), n.runtime.count("c"))
	}
	n.Await("second runs", func() bool { return n.runtime.exits("second", 0) })
	n.await("web", "ready", isReady)
	n.delete("web")
	n.awaitGone("web")
	if want := []string{"c", "beside"}; !slices.Equal(n.runtime.stopped, want) {
		t.Errorf("stopped %v, want %v", n.runtime.stopped, want)
	}
}
