package kubelet

import (
	"slices"
	"sync/atomic"
	"testing"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/client/clienttest"
	"drydock/mini-k8s/kubelet/cri"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestWhatIsMissingIsSaid(t *testing.T) {
	n := newNode(t)
	n.run()
	for reason, p := range map[string]*corev1.Pod{
		"ErrImagePull": podOf("no-image", func(s *corev1.PodSpec) { s.Containers[0].Image = "nosuch:1" }),
		"ErrImageNeverPull": podOf("never", func(s *corev1.PodSpec) {
			s.Containers[0].Image, s.Containers[0].ImagePullPolicy = "nosuch:1", corev1.PullNever
		}),
		"CreateContainerConfigError": podOf("no-config", func(s *corev1.PodSpec) {
			s.Containers[0].EnvFrom = []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "nosuch"}}}}
		}),
	} {
		clienttest.Create(n.World, p)
		n.Await(p.Name+" waits because of "+reason, func() bool {
			now := n.pod(p.Name)
			return waitsFor(reason)(now) || reason == "ErrImagePull" && waitsFor("ImagePullBackOff")(now)
		})
	}
	n.awaitEvent("Failed", "Error: ErrImagePull")
	n.awaitEvent("BackOff", `Back-off pulling image "nosuch:1"`)
	n.awaitEvent("Failed", `configmap "nosuch" not found`)

	clienttest.Create(n.World, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "nosuch"}, Data: map[string]string{"COLOUR": "red"}})
	n.touch("no-config")
	n.await("no-config", "ready once it is there", isReady)
	if got := n.runtime.config("c").Env; !slices.Contains(got, "COLOUR=red") {
		t.Errorf("got environment %v", got)
	}
}

func TestWhatIsNotSupportedIsRefusedByName(t *testing.T) {
	n := newNode(t)
	n.run()
	clienttest.Create(n.World, podOf("odd", func(s *corev1.PodSpec) {
		s.HostPID = true
		s.Volumes = []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{NFS: &corev1.NFSVolumeSource{Server: "x", Path: "/"}}}}
	}))
	p := n.await("odd", "failed", func(p *corev1.Pod) bool { return p.Status.Phase == corev1.PodFailed })
	if p.Status.Reason != "NotSupported" || p.Status.Message != "mini-k8s does not support spec.hostPID, spec.volumes[0].nfs" {
		t.Errorf("got %s: %s", p.Status.Reason, p.Status.Message)
	}
}

func TestLimitsThatDoNotHoldAreSaid(t *testing.T) {
	n := newNode(t)
	n.runtime.noLimits = true
	n.run()
	clienttest.Create(n.World, podOf("web", func(s *corev1.PodSpec) {
		s.Containers[0].Resources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("64Mi")}
	}))
	n.await("web", "ready", isReady)
	n.awaitEvent("LimitsNotEnforced", "do not hold on this node")
}

func TestAContainerThatIsNotAliveIsStartedAgain(t *testing.T) {
	n := newNode(t)
	var sick atomic.Bool
	sick.Store(true)
	n.runtime.exec = func(string) (int, error) {
		if sick.Load() {
			return 1, nil
		}
		return 0, nil
	}
	n.run()
	clienttest.Create(n.World, podOf("web", func(s *corev1.PodSpec) {
		s.Containers[0].LivenessProbe = &corev1.Probe{
			ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"check"}}}, PeriodSeconds: 1, FailureThreshold: 1,
		}
	}))
	n.await("web", "started again", func(p *corev1.Pod) bool {
		return len(p.Status.ContainerStatuses) > 0 && p.Status.ContainerStatuses[0].RestartCount == 1
	})
	sick.Store(false)
	n.awaitEvent("Unhealthy", "Liveness probe failed")
	n.awaitEvent("Killing", "Container c failed liveness probe, will be restarted")
}

func TestAnotherImageStartsAnotherContainer(t *testing.T) {
	n := newNode(t)
	n.run()
	clienttest.Create(n.World, podOf("web"))
	n.await("web", "ready", isReady)
	patch := []byte(`{"spec":{"containers":[{"name":"c","image":"app:2"}]}}`)
	if _, err := client.Of[corev1.Pod](n.Client).Patch(n.Context(), "default", "web", "application/strategic-merge-patch+json", patch); err != nil {
		t.Fatal(err)
	}
	n.await("web", "running the other image", func(p *corev1.Pod) bool {
		return p.Status.ContainerStatuses[0].ImageID == "sha256:app:2" && isReady(p)
	})
	n.awaitEvent("Killing", "Container c definition changed, will be restarted")
}

func TestASandboxThatDiedIsMadeAnewAtTheSameAddress(t *testing.T) {
	n := newNode(t)
	n.run()
	clienttest.Create(n.World, podOf("web"))
	before := n.await("web", "ready", isReady)
	if err := n.runtime.StopPodSandbox(t.Context(), n.runtime.sandboxes[0].ID); err != nil {
		t.Fatal(err)
	}
	after := n.await("web", "ready again", func(p *corev1.Pod) bool { return isReady(p) && p.Status.ContainerStatuses[0].RestartCount == 1 })
	if after.Status.PodIP != before.Status.PodIP {
		t.Errorf("got %s, want %s", after.Status.PodIP, before.Status.PodIP)
	}
	n.awaitEvent("SandboxChanged", "Pod sandbox changed, it will be killed and re-created.")
}

func TestAnUrgentDeletionOvertakesASlowOne(t *testing.T) {
	n := newNode(t)
	n.runtime.stubborn = true
	n.run()
	hour := int64(3600)
	clienttest.Create(n.World, podOf("web", func(s *corev1.PodSpec) { s.TerminationGracePeriodSeconds = &hour }))
	n.await("web", "ready", isReady)
	n.delete("web")
	n.awaitEvent("Killing", "Stopping container c")
	var now int64
	n.delete("web", metav1.DeleteOptions{GracePeriodSeconds: &now})
	n.awaitGone("web")
	n.Await("nothing is left", func() bool {
		left, _ := n.runtime.ListContainers(t.Context(), "")
		return len(left) == 0 && n.network.count() == 0
	})
}

func TestWhatBelongsToNoPodIsRemoved(t *testing.T) {
	n := newNode(t)
	sandbox, _ := n.runtime.RunPodSandbox(t.Context(), cri.SandboxConfig{PodUID: "gone", Name: "web", Namespace: "default"})
	id, _ := n.runtime.CreateContainer(t.Context(), cri.ContainerConfig{Sandbox: sandbox.ID, PodUID: "gone", Name: "c"})
	if err := n.runtime.StartContainer(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	n.run()
	n.Await("it is gone", func() bool {
		left, _ := n.runtime.ListPodSandboxes(t.Context(), "")
		return len(left) == 0 && n.runtime.count("c") == 0
	})
}

func TestPreStopSpendsTheGrace(t *testing.T) {
	n := newNode(t)
	hooked := make(chan string, 1)
	n.runtime.exec = func(name string) (int, error) {
		hooked <- name
		return 0, nil
	}
	n.run()
	clienttest.Create(n.World, podOf("web", func(s *corev1.PodSpec) {
		s.Containers[0].Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: []string{"farewell"}}}}
		s.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 80, Name: "http"}}
	}))
	n.await("web", "ready", isReady)
	n.delete("web")
	n.awaitGone("web")
	if got := <-hooked; got != "farewell" {
		t.Errorf("got %q", got)
	}
}
