package client_test

import (
	"sync/atomic"
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

func TestOfOneObjectOnlySoMuchIsTold(t *testing.T) {
	w := clienttest.New(t)
	var clock atomic.Int64 // seconds
	recorder := client.NewRecorder(w.Client, "replicaset-controller", func() time.Time { return time.Unix(clock.Load(), clock.Load()) })
	w.Run(recorder.Run)
	busy, other := clienttest.Create(w, clienttest.Pod("busy")), clienttest.Create(w, clienttest.Pod("other"))
	tell := func(about *corev1.Pod, from, to int) {
		for i := from; i < to; i++ {
			clock.Add(1) // two events have no instant in common: their names would be one
			recorder.Normal(about, "SuccessfulCreate", "Created pod: %d", i)
		}
		recorder.Normal(other, "Done", "up to %d", to) // in the order in which they were told
	}
	await := func(ofBusy, ofOther int) {
		t.Helper()
		count := map[string]int{}
		w.Await("all is told", func() bool {
			clear(count)
			for _, e := range clienttest.List[corev1.Event](w, "default") {
				count[e.InvolvedObject.Name]++
			}
			return count["other"] == ofOther
		})
		if got := count["busy"]; got != ofBusy {
			t.Errorf("got %d events of the busy one, want %d", got, ofBusy)
		}
	}
	tell(busy, 0, 40)
	await(25, 1)
	clock.Add(300)
	tell(busy, 40, 45)
	await(26, 2)
}
