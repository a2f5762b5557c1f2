// Package cri is what a kubelet asks of the container runtime and of the network
// of its node: interfaces with the verbs of Kubernetes' Container Runtime
// Interface and Container Network Interface, and the types in which they speak.
//
//	sandbox, err := runtime.RunPodSandbox(ctx, cri.SandboxConfig{...})
//	address, err := network.Add(ctx, podUID, sandbox.NetworkNamespace)
//	id, err := runtime.CreateContainer(ctx, cri.ContainerConfig{Sandbox: sandbox.ID, ...})
//	err = runtime.StartContainer(ctx, id)
//
// What a runtime keeps survives the kubelet: one that starts finds all pods in the
// lists. It is not for what becomes of a pod, which is the kubelet's to decide.
// See https://github.com/kubernetes/cri-api, pkg/apis/runtime/v1/api.proto.
package cri

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"
)

// What can be wrong with a request.
var (
	// ErrNotFound says that there is no such sandbox, container or image.
	ErrNotFound = errors.New("not found")
	// ErrNoLimits says that the machine gives us no cgroups, so that a container
	// can be made without limits only.
	ErrNoLimits = errors.New("no limits")
)

// Sandboxes keep the namespaces that the containers of a pod share.
type Sandboxes interface {
	// RunPodSandbox makes and starts a sandbox.
	RunPodSandbox(ctx context.Context, config SandboxConfig) (Sandbox, error)
	// StopPodSandbox ends it, and kills what is in it. One that is stopped, or
	// gone, is no error.
	StopPodSandbox(ctx context.Context, id string) error
	// RemovePodSandbox removes it with all its containers.
	RemovePodSandbox(ctx context.Context, id string) error
	// ListPodSandboxes returns those of a pod, or all if podUID is empty, the
	// youngest first.
	ListPodSandboxes(ctx context.Context, podUID string) ([]Sandbox, error)
}

// Containers run in sandboxes.
type Containers interface {
	CreateContainer(ctx context.Context, config ContainerConfig) (id string, err error)
	StartContainer(ctx context.Context, id string) error
	// StopContainer has a container end, and kills it after a time of grace. It
	// returns when it has ended.
	StopContainer(ctx context.Context, id string, grace time.Duration) error
	RemoveContainer(ctx context.Context, id string) error
	// AwaitEnd returns when a container, or a sandbox, does not run any more.
	AwaitEnd(ctx context.Context, id string) error
	// ListContainers returns those of a pod, or all if podUID is empty, the
	// youngest first.
	ListContainers(ctx context.Context, podUID string) ([]Container, error)
}

// Images are what containers are made from.
type Images interface {
	// ImageID returns the id of an image that is here; the error wraps
	// ErrNotFound if it is not.
	ImageID(ctx context.Context, name string) (id string, err error)
	// PullImage brings an image here.
	PullImage(ctx context.Context, name string) error
}

// Streams lead into what runs.
type Streams interface {
	// Exec runs a further command in a container until it ends, and returns its
	// exit status.
	Exec(ctx context.Context, id string, command []string, terminal Terminal) (exit int, err error)
	// Attach connects to a container's own streams until it ends, or ctx does.
	Attach(ctx context.Context, id string, terminal Terminal) error
	// Logs calls emit for each line that a container has written.
	Logs(ctx context.Context, id string, options LogOptions, emit func(LogLine) error) error
	// Dial connects to a port of a sandbox's own loopback interface.
	Dial(ctx context.Context, sandbox string, port uint16) (net.Conn, error)
}

// Runtime is a container runtime as a kubelet wants it.
type Runtime interface {
	Sandboxes
	Containers
	Images
	Streams
}

// Network connects pods. Both calls may come again for the same pod, after a
// failure or a restart of the kubelet.
type Network interface {
	// Add connects the network namespace behind a path, such as /proc/PID/ns/net,
	// and returns the pod's address. A pod that has one keeps it: Add after a
	// sandbox was made anew connects the new one under the same address.
	Add(ctx context.Context, podUID, namespacePath string) (netip.Addr, error)
	// Del gives the address back, and what else Add made. The namespace may be
	// gone. A pod that is not connected is no error.
	Del(ctx context.Context, podUID string) error
}

// SandboxConfig says what sandbox is wanted.
type SandboxConfig struct {
	PodUID, Namespace, Name string

	Hostname    string
	HostNetwork bool // the node's own
	DNS         DNS
}

// DNS is what a pod's /etc/resolv.conf says; what is empty is as on the node.
type DNS struct{ Servers, Searches, Options []string }

// Sandbox is one that was made.
type Sandbox struct {
	ID                      string
	PodUID, Namespace, Name string
	Ready                   bool // it runs
	Created                 time.Time
	NetworkNamespace        string // path; empty where it is the node's
}
