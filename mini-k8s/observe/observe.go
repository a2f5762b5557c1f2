// Package observe is what each component shows of itself: /healthz, for whoever
// watches over it, and /metrics, as Prometheus reads it
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
//
//	metrics := observe.New()
//	metrics.Add("scheduler_attempts_total", `result="scheduled"`, 1)
//	go http.Serve(listener, metrics)
package observe

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Metrics are numbers by name and labels. A name that ends in _total only grows.
type Metrics struct {
	mutex  sync.Mutex
	values map[string]map[string]float64
	mux    *http.ServeMux
}

var _ http.Handler = (*Metrics)(nil)

// New returns metrics without any numbers.
func New() *Metrics {
	m := &Metrics{values: map[string]map[string]float64{}, mux: http.NewServeMux()}
	m.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	m.mux.HandleFunc("GET /metrics", m.show)
	return m
}

// ServeHTTP answers for /healthz and /metrics.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.mux.ServeHTTP(w, r) }

// Add adds to a number. Labels are as they are shown: `result="error"`, or
// empty.
func (m *Metrics) Add(name, labels string, by float64) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.values[name] == nil {
		m.values[name] = map[string]float64{}
	}
	m.values[name][labels] += by
}

// show writes all numbers, in order.
func (m *Metrics) show(w http.ResponseWriter, _ *http.Request) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	for _, name := range slices.Sorted(maps.Keys(m.values)) {
		kind := "gauge"
		if strings.HasSuffix(name, "_total") {
			kind = "counter"
		}
		fmt.Fprintf(w, "# TYPE %s %s\n", name, kind)
		for _, labels := range slices.Sorted(maps.Keys(m.values[name])) {
			shown := name
			if labels != "" {
				shown += "{" + labels + "}"
			}
			fmt.Fprintf(w, "%s %v\n", shown, m.values[name][labels])
		}
	}
}
