// Package server is what a kubelet answers for at its own port: logs, commands and
// ports of its pods, to the API server alone, and how it is itself.
//
//	handler := server.New(server.Config{Pods: k, Runtime: runtime, Metrics: metrics})
//	err := http.Serve(tls.NewListener(listener, server.TLS(identity)), handler)
//
// The paths are those of Kubernetes' kubelet.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"

	"drydock/mini-k8s/kubelet/cri"
	"drydock/mini-k8s/stream"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// Pods are those of the node.
type Pods interface {
	// Pod returns a pod as the API server has it, or nil.
	Pod(namespace, name string) *corev1.Pod
}

// Config is what a server is made of.
type Config struct {
	Pods    Pods
	Runtime cri.Runtime
	Metrics http.Handler // for /healthz and /metrics
}

type server struct{ Config }

// New returns the kubelet's server.
func New(config Config) http.Handler {
	s := &server{config}
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", config.Metrics)
	mux.Handle("/", onlyMasters(s.routes()))
	return mux
}

// routes are the paths that only the API server may ask for.
func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.Metrics)
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", s.logs)
	mux.HandleFunc("/exec/{namespace}/{pod}/{container}", s.exec)
	mux.HandleFunc("/attach/{namespace}/{pod}/{container}", s.attach)
	mux.HandleFunc("/portForward/{namespace}/{pod}", s.portForward)
	return mux
}

// TLS has a listener ask clients who they are, and take those that the cluster's
// authority vouches for.
func TLS(identity *tls.Config) *tls.Config {
	return &tls.Config{
		Certificates: identity.Certificates, MinVersion: tls.VersionTLS12,
		ClientCAs: identity.RootCAs, ClientAuth: tls.VerifyClientCertIfGiven,
	}
}

// onlyMasters lets administrators in, of whom the API server is one: who may
// execute a command in any pod may do everything.
func onlyMasters(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.TLS == nil || len(r.TLS.VerifiedChains) == 0:
			stream.Refuse(w, apierrors.NewUnauthorized("Unauthorized"))
		case !slices.Contains(r.TLS.VerifiedChains[0][0].Subject.Organization, "system:masters"):
			stream.Refuse(w, apierrors.NewForbidden(corev1.Resource("nodes"), "proxy", errors.New("only the API server may ask a kubelet")))
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (s *server) logs(w http.ResponseWriter, r *http.Request) {
	previous := r.URL.Query().Get("previous") == "true"
	c, err := s.container(r, previous)
	if err != nil {
		stream.Refuse(w, err)
		return
	}
	stream.Log(w, r, func(ctx context.Context, o cri.LogOptions, emit func(cri.LogLine) error) error {
		o.Follow = o.Follow && !previous
		return s.Runtime.Logs(ctx, c.ID, o, emit)
	})
}

func (s *server) exec(w http.ResponseWriter, r *http.Request) {
	c, err := s.running(r)
	if err != nil {
		stream.Refuse(w, err)
		return
	}
	stream.Command(w, r, func(ctx context.Context, t cri.Terminal) (int, error) {
		return s.Runtime.Exec(ctx, c.ID, r.URL.Query()["command"], t)
	})
}

func (s *server) attach(w http.ResponseWriter, r *http.Request) {
	c, err := s.running(r)
	if err != nil {
		stream.Refuse(w, err)
		return
	}
	stream.Command(w, r, func(ctx context.Context, t cri.Terminal) (int, error) {
		return 0, s.Runtime.Attach(ctx, c.ID, t)
	})
}

func (s *server) portForward(w http.ResponseWriter, r *http.Request) {
	pod, err := s.pod(r)
	if err != nil {
		stream.Refuse(w, err)
		return
	}
	stream.Forward(w, r, func(ctx context.Context, port uint16) (net.Conn, error) {
		sandboxes, err := s.Runtime.ListPodSandboxes(ctx, string(pod.UID))
		if err == nil && (len(sandboxes) == 0 || !sandboxes[0].Ready) {
			err = errors.New("the pod's sandbox does not run")
		}
		if err != nil {
			return nil, err
		}
		return s.Runtime.Dial(ctx, sandboxes[0].ID, port)
	})
}

// pod is the one that a request is about.
func (s *server) pod(r *http.Request) (*corev1.Pod, error) {
	pod := s.Pods.Pod(r.PathValue("namespace"), r.PathValue("pod"))
	if pod == nil {
		return nil, apierrors.NewNotFound(corev1.Resource("pods"), r.PathValue("pod"))
	}
	return pod, nil
}

// container is the one that a request is about: the youngest of its name, or the
// one before it.
func (s *server) container(r *http.Request, previous bool) (cri.Container, error) {
	pod, err := s.pod(r)
	if err != nil {
		return cri.Container{}, err
	}
	all, err := s.Runtime.ListContainers(r.Context(), string(pod.UID))
	if err != nil {
		return cri.Container{}, err
	}
	name := r.PathValue("container")
	own := slices.DeleteFunc(all, func(c cri.Container) bool { return c.Name != name })
	switch {
	case previous && len(own) > 1:
		return own[1], nil
	case previous && len(own) == 1 && waitsToRestart(pod, name):
		return own[0], nil
	case previous:
		return cri.Container{}, apierrors.NewBadRequest(fmt.Sprintf("previous terminated container %q in pod %q not found", name, pod.Name))
	case len(own) == 0 || own[0].State == cri.Created:
		return cri.Container{}, apierrors.NewBadRequest(fmt.Sprintf("container %q in pod %q is waiting to start: %s", name, pod.Name, reasonOf(pod, name)))
	}
	return own[0], nil
}

// running is the one that a request is about, if it runs.
func (s *server) running(r *http.Request) (cri.Container, error) {
	c, err := s.container(r, false)
	if err == nil && c.State != cri.Running {
		err = apierrors.NewInternalError(fmt.Errorf("container not found (%q)", c.Name))
	}
	return c, err
}

// statusOf is what a pod's status says of a container.
func statusOf(pod *corev1.Pod, name string) corev1.ContainerStatus {
	for _, each := range append(slices.Clone(pod.Status.InitContainerStatuses), pod.Status.ContainerStatuses...) {
		if each.Name == name {
			return each
		}
	}
	return corev1.ContainerStatus{}
}

func waitsToRestart(pod *corev1.Pod, name string) bool {
	s := statusOf(pod, name)
	return s.State.Waiting != nil && s.LastTerminationState.Terminated != nil
}

func reasonOf(pod *corev1.Pod, name string) string {
	if waiting := statusOf(pod, name).State.Waiting; waiting != nil {
		if waiting.Message != "" {
			return waiting.Message
		}
		return waiting.Reason
	}
	return "ContainerCreating"
}
