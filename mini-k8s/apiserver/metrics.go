package apiserver

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
)

// metrics counts requests, as Prometheus reads it
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
type metrics struct {
	mutex    sync.Mutex
	requests map[string]int64 // by labels
	inflight int64
}

// count tells of each request what it was and how it ended.
func (m *metrics) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &codeWriter{ResponseWriter: w, code: http.StatusOK}
		m.add(func() { m.inflight++ })
		defer m.add(func() {
			m.inflight--
			m.requests[fmt.Sprintf("verb=%q,code=\"%d\"", r.Method, seen.code)]++
		})
		next.ServeHTTP(seen, r)
	})
}

func (m *metrics) add(change func()) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	change()
}

// codeWriter notes the status of an answer.
type codeWriter struct {
	http.ResponseWriter
	code int
}

func (w *codeWriter) WriteHeader(code int) {
	w.code = code
	w.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.ResponseController reach what is behind.
func (w *codeWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// showMetrics answers for /metrics.
func (s *Server) showMetrics(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	s.metrics.mutex.Lock()
	var lines []string
	for labels, number := range s.metrics.requests {
		lines = append(lines, fmt.Sprintf("apiserver_request_total{%s} %d", labels, number))
	}
	inflight := s.metrics.inflight
	s.metrics.mutex.Unlock()
	slices.Sort(lines)
	fmt.Fprintln(w, "# HELP apiserver_request_total Requests that have been answered.\n# TYPE apiserver_request_total counter")
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
	fmt.Fprintf(w, "# HELP apiserver_current_inflight_requests Requests under way, watches among them.\n# TYPE apiserver_current_inflight_requests gauge\napiserver_current_inflight_requests %d\n", inflight)
	if revision, err := s.config.Store.Revision(r.Context()); err == nil {
		fmt.Fprintf(w, "# HELP apiserver_store_revision Revision of the last write.\n# TYPE apiserver_store_revision counter\napiserver_store_revision %d\n", revision)
	}
}
