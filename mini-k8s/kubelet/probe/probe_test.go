package probe

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"drydock/mini-k8s/kubelet/cri"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// answers is a runtime whose commands end as a function of the time says.
type answers struct {
	cri.Streams
	begun time.Time
	exit  func(since time.Duration) int
	takes time.Duration
}

func (a answers) Exec(ctx context.Context, _ string, _ []string, t cri.Terminal) (int, error) {
	select {
	case <-time.After(a.takes):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	fmt.Fprint(t.Stdout, "says so\n")
	return a.exit(time.Since(a.begun)), nil
}

// history is what a listener was told, with the seconds at which it was.
type history struct {
	mutex sync.Mutex
	lines []string
}

func (h *history) add(since time.Duration, format string, args ...any) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.lines = append(h.lines, fmt.Sprintf("%d: ", int(since.Seconds()))+fmt.Sprintf(format, args...))
}

// every is a probe each so many seconds.
func every(seconds, failures int32) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler:  corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"check"}}},
		PeriodSeconds: seconds, TimeoutSeconds: 1, SuccessThreshold: 1, FailureThreshold: failures,
	}
}

// watchFor probes a container for a time, and returns what was told.
func watchFor(length time.Duration, c corev1.Container, known Known, a answers) []string {
	var told history
	ctx, cancel := context.WithCancel(context.Background())
	a.begun = time.Now()
	var p *Prober
	p = New(Checker{a}, Listener{
		Failed: func(_ Target, kind Kind, why error) { told.add(time.Since(a.begun), "%s: %v", kind, why) },
		Changed: func(t Target) {
			told.add(time.Since(a.begun), "started %v ready %v dead %v", p.IsStarted(t.ID), p.IsReady(t.ID), p.IsDead(t.ID))
		},
	})
	p.Watch(ctx, Target{ID: "c", Container: c}, known)
	p.Watch(ctx, Target{ID: "c", Container: c}, known) // is watched already
	time.Sleep(length)
	cancel()
	p.Wait()
	return told.lines
}

func until(d time.Duration, before, after int) func(time.Duration) int {
	return func(since time.Duration) int {
		if since < d {
			return before
		}
		return after
	}
}

func TestStartupGatesTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := watchFor(20*time.Second, corev1.Container{StartupProbe: every(5, 3), ReadinessProbe: every(2, 1), LivenessProbe: every(2, 1)},
			Known{}, answers{exit: until(9*time.Second, 1, 0)})
		want := []string{"0: Startup: says so", "5: Startup: says so", "10: started true ready false dead false", "10: started true ready true dead false"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestWhoFailsOftenEnoughIsDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := watchFor(12*time.Second, corev1.Container{LivenessProbe: every(5, 2)}, Known{}, answers{exit: until(time.Second, 0, 1)})
		want := []string{"5: Liveness: says so", "10: Liveness: says so", "10: started true ready true dead true"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestWhatNeverAnswersHasFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := watchFor(5*time.Second, corev1.Container{StartupProbe: every(10, 1)}, Known{}, answers{takes: time.Hour})
		want := []string{`1: Startup: command timed out: "check"`, "1: started false ready true dead true"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestWhatWasKnownStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := watchFor(9*time.Second, corev1.Container{StartupProbe: every(1, 1), ReadinessProbe: every(5, 2)}, Known{Started: true, Ready: true},
			answers{exit: until(0, 1, 1)})
		want := []string{"0: Readiness: says so", "5: Readiness: says so", "5: started true ready false dead false"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestHTTPAndTCP(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.URL.Query().Get("code"))
		if r.Header.Get("X-Colour") != "red" || r.Host != "web.example" {
			code = http.StatusTeapot
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(code)
	}))
	defer server.Close()
	at, _ := url.Parse(server.URL)
	port, _ := strconv.Atoi(at.Port())
	target := Target{Address: "127.0.0.1", Container: corev1.Container{Name: "c", Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: int32(port)}}}}
	get := func(port intstr.IntOrString, code string) corev1.ProbeHandler {
		return corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Port: port, Path: "/health?code=" + code, Scheme: corev1.URISchemeHTTP,
			HTTPHeaders: []corev1.HTTPHeader{{Name: "X-Colour", Value: "red"}, {Name: "Host", Value: "web.example"}}}}
	}
	tcp := func(port intstr.IntOrString) corev1.ProbeHandler {
		return corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: port}}
	}
	for _, test := range []struct {
		how  corev1.ProbeHandler
		want string
	}{
		{get(intstr.FromInt(port), "200"), ""},
		{get(intstr.FromString("http"), "302"), ""},
		{get(intstr.FromInt(port), "503"), "HTTP probe failed with statuscode: 503"},
		{get(intstr.FromString("nosuch"), "200"), `couldn't find named port "nosuch" in container c`},
		{tcp(intstr.FromString("http")), ""},
		{tcp(intstr.FromInt(1)), "connection refused"},
		{corev1.ProbeHandler{GRPC: &corev1.GRPCAction{}}, "the probe has no handler that is supported"},
	} {
		err := Checker{}.Check(t.Context(), test.how, target)
		if err == nil && test.want != "" || err != nil && (test.want == "" || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%+v: got %v, want %q", test.how, err, test.want)
		}
	}
}
