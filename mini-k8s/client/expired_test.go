package client_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"drydock/mini-k8s/client"

	corev1 "k8s.io/api/core/v1"
)

// A server that forgets: it shows what is there, breaks, no longer knows what
// came after that, and when it is asked anew shows something else.
func forgetful(asked func(from string) int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch asked(r.URL.Query().Get("resourceVersion")) {
		case 1:
			fmt.Fprintln(w, `{"type":"ADDED","object":{"metadata":{"namespace":"default","name":"gone","resourceVersion":"3"}}}`)
			fmt.Fprintln(w, `{"type":"ADDED","object":{"metadata":{"namespace":"default","name":"stays","resourceVersion":"4"}}}`)
			fmt.Fprintln(w, `{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"5","annotations":{"k8s.io/initial-events-end":"true"}}}}`)
		case 2:
			fmt.Fprintln(w, `{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old resource version"}}`)
		case 3:
			fmt.Fprintln(w, `{"type":"ADDED","object":{"metadata":{"namespace":"default","name":"stays","resourceVersion":"4"}}}`)
			fmt.Fprintln(w, `{"type":"ADDED","object":{"metadata":{"namespace":"default","name":"new","resourceVersion":"8"}}}`)
			fmt.Fprintln(w, `{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9","annotations":{"k8s.io/initial-events-end":"true"}}}}`)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}
	})
}

func TestACacheWhosePlaceIsForgottenBeginsAnew(t *testing.T) {
	var mutex sync.Mutex
	var from, told []string
	server := httptest.NewServer(forgetful(func(version string) int {
		mutex.Lock()
		defer mutex.Unlock()
		from = append(from, version)
		return len(from)
	}))
	defer server.Close()
	cache := client.Cached[corev1.ConfigMap](client.New(server.URL, http.DefaultTransport), client.Selector{})
	done := make(chan struct{})
	cache.OnChange(func(old, now *corev1.ConfigMap) {
		mutex.Lock()
		defer mutex.Unlock()
		if now != nil {
			told = append(told, "+"+now.Name)
			return
		}
		if told = append(told, "-"+old.Name); old.Name == "gone" {
			close(done)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		cache.Run(ctx)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	cancel()
	<-ended
	if got, want := fmt.Sprint(from, told), "[ 5 ] [+gone +stays +new -gone]"; got != want {
		t.Errorf("got %s, want %s: asked from there, then for everything; what is gone is told", got, want)
	}
}
