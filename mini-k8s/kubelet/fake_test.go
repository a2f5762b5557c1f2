package kubelet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"drydock/mini-k8s/kubelet/cri"
)

// fake is a runtime whose containers are entries of a list: they do what a test
// says.
type fake struct {
	mutex      sync.Mutex
	sandboxes  []cri.Sandbox // the youngest first
	containers []cri.Container
	configs    map[string]cri.ContainerConfig // by id
	stopped    []string                       // names and grace, in order
	images     map[string]bool
	noLimits   bool
	stubborn   bool                           // containers do not end before they are killed
	exec       func(name string) (int, error) // of probes and hooks
	made       int
	ended      map[string]chan struct{} // closed when what has the id has ended
}

var _ cri.Runtime = (*fake)(nil)

func newFake() *fake {
	return &fake{ended: map[string]chan struct{}{}, configs: map[string]cri.ContainerConfig{}, images: map[string]bool{"app:1": true, "app:2": true}}
}

func (f *fake) id(kind string) string {
	f.made++
	return fmt.Sprintf("%s-%d", kind, f.made)
}

func (f *fake) RunPodSandbox(_ context.Context, config cri.SandboxConfig) (cri.Sandbox, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	s := cri.Sandbox{ID: f.id("sandbox"), PodUID: config.PodUID, Namespace: config.Namespace, Name: config.Name, Ready: true, NetworkNamespace: "/ns"}
	f.sandboxes = slices.Insert(f.sandboxes, 0, s)
	return s, nil
}

func (f *fake) StopPodSandbox(_ context.Context, id string) error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for i := range f.sandboxes {
		if f.sandboxes[i].ID == id && f.sandboxes[i].Ready {
			f.sandboxes[i].Ready = false
			f.tell(id)
		}
	}
	for i := range f.containers {
		if f.containers[i].Sandbox == id && f.containers[i].State == cri.Running {
			f.end(i, 137)
		}
	}
	return nil
}

func (f *fake) RemovePodSandbox(_ context.Context, id string) error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.sandboxes = slices.DeleteFunc(f.sandboxes, func(s cri.Sandbox) bool { return s.ID == id })
	f.containers = slices.DeleteFunc(f.containers, func(c cri.Container) bool { return c.Sandbox == id })
	return nil
}

func (f *fake) ListPodSandboxes(_ context.Context, uid string) ([]cri.Sandbox, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return slices.DeleteFunc(slices.Clone(f.sandboxes), func(s cri.Sandbox) bool { return uid != "" && s.PodUID != uid }), nil
}

func (f *fake) CreateContainer(_ context.Context, config cri.ContainerConfig) (string, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.noLimits && config.Resources != (cri.Resources{}) {
		return "", cri.ErrNoLimits
	}
	id := f.id(config.Name)
	f.configs[id] = config
	f.containers = slices.Insert(f.containers, 0, cri.Container{
		ID: id, PodUID: config.PodUID, Sandbox: config.Sandbox, Name: config.Name, Attempt: config.Attempt, Hash: config.Hash,
		Image: config.Image, ImageID: "sha256:" + config.Image, State: cri.Created, Created: time.Now(),
	})
	return id, nil
}

func (f *fake) StartContainer(_ context.Context, id string) error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for i := range f.containers {
		if f.containers[i].ID == id {
			f.containers[i].State, f.containers[i].Started = cri.Running, time.Now()
		}
	}
	return nil
}

func (f *fake) StopContainer(ctx context.Context, id string, grace time.Duration) error {
	if f.stubborn {
		select {
		case <-time.After(grace):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for i := range f.containers {
		if f.containers[i].ID == id && f.containers[i].State == cri.Running {
			f.stopped = append(f.stopped, f.containers[i].Name)
			f.end(i, 143)
		}
	}
	return nil
}

func (f *fake) end(i, exit int) {
	c := &f.containers[i]
	c.State, c.ExitCode, c.Finished, c.Reason = cri.Exited, exit, time.Now(), "Error"
	if exit == 0 {
		c.Reason = "Completed"
	}
	f.tell(c.ID)
}

// exits has the container of a name that runs end by itself.
func (f *fake) exits(name string, exit int) bool {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for i := range f.containers {
		if f.containers[i].Name == name && f.containers[i].State == cri.Running {
			f.end(i, exit)
			return true
		}
	}
	return false
}

func (f *fake) AwaitEnd(ctx context.Context, id string) error {
	f.mutex.Lock()
	ended := f.ended[id]
	if ended == nil {
		ended = make(chan struct{})
		f.ended[id] = ended
	}
	f.mutex.Unlock()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// tell tells those who wait for an end. The mutex is held.
func (f *fake) tell(id string) {
	if f.ended[id] == nil {
		f.ended[id] = make(chan struct{})
	}
	close(f.ended[id])
}

func (f *fake) RemoveContainer(_ context.Context, id string) error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.containers = slices.DeleteFunc(f.containers, func(c cri.Container) bool { return c.ID == id })
	return nil
}

func (f *fake) ListContainers(_ context.Context, uid string) ([]cri.Container, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return slices.DeleteFunc(slices.Clone(f.containers), func(c cri.Container) bool { return uid != "" && c.PodUID != uid }), nil
}

func (f *fake) ImageID(_ context.Context, name string) (string, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if !f.images[name] {
		return "", fmt.Errorf("image %q: %w", name, cri.ErrNotFound)
	}
	return "sha256:" + name, nil
}

func (f *fake) PullImage(ctx context.Context, name string) error {
	_, err := f.ImageID(ctx, name)
	return err
}

func (f *fake) Exec(_ context.Context, id string, command []string, _ cri.Terminal) (int, error) {
	return f.exec(command[0])
}

func (f *fake) Attach(context.Context, string, cri.Terminal) error { return nil }

func (f *fake) Logs(context.Context, string, cri.LogOptions, func(cri.LogLine) error) error {
	return nil
}

func (f *fake) Dial(context.Context, string, uint16) (net.Conn, error) {
	return nil, errors.New("nothing listens")
}

// config is what the youngest container of a name was made with.
func (f *fake) config(name string) cri.ContainerConfig {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for _, each := range f.containers {
		if each.Name == name {
			return f.configs[each.ID]
		}
	}
	return cri.ContainerConfig{}
}

// count is how many containers of a name were made and are there.
func (f *fake) count(name string) (n int) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for _, each := range f.containers {
		if each.Name == name {
			n++
		}
	}
	return n
}

// wires is a network that gives out addresses.
type wires struct {
	mutex sync.Mutex
	given map[string]netip.Addr
	next  netip.Addr
}

var _ cri.Network = (*wires)(nil)

func (w *wires) Add(_ context.Context, uid, _ string) (netip.Addr, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if _, there := w.given[uid]; !there {
		w.next = w.next.Next()
		w.given[uid] = w.next
	}
	return w.given[uid], nil
}

func (w *wires) Del(_ context.Context, uid string) error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	delete(w.given, uid)
	return nil
}

func (w *wires) count() int {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return len(w.given)
}
