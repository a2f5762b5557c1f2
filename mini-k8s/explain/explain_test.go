package explain_test

import (
	"strings"
	"testing"
	"time"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/client/clienttest"
	"drydock/mini-k8s/explain"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestAPodIsToldByThoseWhoWroteIt(t *testing.T) {
	w := clienttest.New(t)
	pod, err := client.Of[corev1.Pod](w.Client.As("kubectl-run")).Create(t.Context(), clienttest.Pod("p"))
	if err != nil {
		t.Fatal(err)
	}
	scheduler := w.Client.As("kube-scheduler")
	recorder := client.NewRecorder(scheduler, "default-scheduler", time.Now)
	w.Run(recorder.Run)
	recorder.Warning(pod, "FailedScheduling", "no nodes available to schedule pods")
	binding := &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Target: corev1.ObjectReference{Kind: "Node", Name: "n"}}
	if err := client.Of[corev1.Pod](scheduler).Post(t.Context(), client.KeyOf(pod), "binding", binding); err != nil {
		t.Fatal(err)
	}
	recorder.Normal(pod, "Scheduled", "Successfully assigned default/p to n")
	recorder.Normal(clienttest.Create(w, clienttest.Pod("other")), "Scheduled", "another story")
	w.Await("three events", func() bool { return len(clienttest.List[corev1.Event](w, "default")) == 3 })
	placed := clienttest.Get[corev1.Pod](w, "default", "p")
	placed.Status.Conditions = append(placed.Status.Conditions, corev1.PodCondition{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now()})
	if _, err := client.Of[corev1.Pod](w.Client.As("kubelet")).UpdateStatus(t.Context(), placed); err != nil {
		t.Fatal(err)
	}
	story, err := explain.Pod(t.Context(), w.Client, "default", "p")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, step := range story.Steps {
		told = append(told, step.Who+": "+step.What)
	}
	want := []string{
		"kubectl-run: made pod/p",
		"default-scheduler: FailedScheduling: no nodes available to schedule pods",
		"kube-scheduler: PodScheduled is True",
		"default-scheduler: Successfully assigned default/p to n",
		"kubelet: Ready is True",
	}
	if got := strings.Join(told, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	out := &strings.Builder{}
	if err := story.Write(out); err != nil || !strings.Contains(out.String(), "\n  kube-scheduler (binding)  spec.nodeName\n") {
		t.Errorf("got %v\n%s", err, out)
	}
}
