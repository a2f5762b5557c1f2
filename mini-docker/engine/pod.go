package engine

import (
	"context"
	"net"
	"net/netip"
	"path"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/endpoint"
	"drydock/mini-docker/network"
	"drydock/mini-docker/shim/program"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// PodOptions says what pod sandbox is wanted.
type PodOptions struct {
	Name, Hostname string
	Labels         map[string]string
	Network        endpoint.Options
	CgroupParent   string // see CreateOptions
}

// CreatePod makes the sandbox of a pod: a container that only holds namespaces for
// others to join, so that theirs can end and begin again while addresses stay.
//
//	pod, err := e.CreatePod(ctx, engine.PodOptions{Hostname: "web"})
//	_, err = e.Start(ctx, pod, engine.Attachment{})
//	c, err := e.Create(ctx, engine.JoinPod(engine.CreateOptions{Image: "mini/box"}, pod.ID, false))
//
// It needs no image: what runs in it is the shim, which only waits (see
// shim/pause.go). Its owner starts it, as any other container.
func (e *Engine) CreatePod(ctx context.Context, o PodOptions) (*container.Container, error) {
	layer, err := program.InstallPause(e.root)
	if err != nil {
		return nil, err
	}
	config := v1.Config{Entrypoint: []string{path.Join("/", program.PauseName)}}
	return e.Create(ctx, CreateOptions{
		Base: &Base{Layers: []string{layer}, Config: &v1.ConfigFile{Config: config}},
		Name: o.Name, Hostname: o.Hostname, Labels: o.Labels, Network: o.Network, CgroupParent: o.CgroupParent,
		ReadOnly: true, Detached: true, Waits: true,
	})
}

// JoinPod says of a container that it is to join the namespaces of a pod's
// sandbox: network, IPC and host name, and its processes too if they are shared.
func JoinPod(o CreateOptions, podID string, shareProcesses bool) CreateOptions {
	o.Network.Mode, o.IPC, o.UTS = container.ModeContainer+podID, container.ModeContainer+podID, container.ModeContainer+podID
	if shareProcesses {
		o.PID = container.ModeContainer + podID
	}
	return o
}

// DialPod connects to a port of the loopback interface that a pod's sandbox has:
// what listens there need not listen elsewhere.
func (e *Engine) DialPod(ctx context.Context, pod *container.Container, port uint16) (net.Conn, error) {
	if !pod.State.Running {
		return nil, invalidf("container %s is not running", pod.ID)
	}
	namespace, err := network.OpenNamespace(pod.NetworkNamespace())
	if err != nil {
		return nil, err
	}
	defer namespace.Close()
	return namespace.Dial(ctx, netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port))
}
