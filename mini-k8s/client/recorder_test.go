package client_test

import (
	"testing"
	"time"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/client/clienttest"

	corev1 "k8s.io/api/core/v1"
)

func TestAnEventToldAgainCountsUp(t *testing.T) {
	w := clienttest.New(t)
	recorder := client.NewRecorder(w.Client, "kube-scheduler", time.Now)
	w.Run(recorder.Run)
	pod := clienttest.Create(w, clienttest.Pod("p"))
	for range 3 {
		recorder.Warning(pod, "FailedScheduling", "0/%d nodes are available", 1)
	}
	recorder.Normal(pod, "Scheduled", "at last")
	var events []corev1.Event
	w.Await("both are told", func() bool {
		events = clienttest.List[corev1.Event](w, "default")
		return len(events) == 2
	})
	for _, e := range events {
		want := map[string]int32{"FailedScheduling": 3, "Scheduled": 1}[e.Reason]
		if e.Count != want || e.InvolvedObject.Kind != "Pod" || e.InvolvedObject.APIVersion != "v1" || e.InvolvedObject.UID != pod.UID {
			t.Errorf("got %d of %s about %v, want %d", e.Count, e.Reason, e.InvolvedObject, want)
		}
	}
}
