package apiserver_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// deadlines notes the deadlines that are set on an answer.
type deadlines struct {
	*httptest.ResponseRecorder
	mutex sync.Mutex
	last  time.Time
	set   int
}

func (d *deadlines) SetWriteDeadline(at time.Time) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.last = at
	d.set++
	return nil
}

func (d *deadlines) state() (set int, last time.Time) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.set, d.last
}

func TestAQuietWatchHasNoDeadline(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	answer, ended := &deadlines{ResponseRecorder: httptest.NewRecorder()}, make(chan struct{})
	go func() {
		defer close(ended)
		request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/namespaces?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true", nil)
		w.server.ServeHTTP(answer, request)
	}()
	w.await("four namespaces and a bookmark are written", func() bool {
		set, last := answer.state()
		return set >= 10 && last.IsZero()
	})
	cancel()
	<-ended
}
