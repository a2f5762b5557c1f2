// Package minidocker is mini-docker's engine as a container runtime for a kubelet:
// package cri over package engine.
//
//	runtime, err := minidocker.Open(root)
//	sandbox, err := runtime.RunPodSandbox(ctx, cri.SandboxConfig{...})
//
// What is a pod's is written into the engine's own records, as labels with the
// names that Kubernetes gave them when Docker ran its pods, so nothing is
// remembered here: `mini-docker ps` shows the same containers, and a kubelet that
// starts finds them. A shim holds each, not the kubelet.
//
// A program that uses it is also what containers begin as: see MaybeBecome.
package minidocker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/dirs"
	"drydock/mini-docker/runtime"
	"drydock/mini-k8s/kubelet/cri"
)

// Labels of the engine's containers.
const (
	labelType      = "io.kubernetes.docker.type"
	labelUID       = "io.kubernetes.pod.uid"
	labelPod       = "io.kubernetes.pod.name"
	labelNamespace = "io.kubernetes.pod.namespace"
	labelSandbox   = "io.kubernetes.sandbox.id"
	labelContainer = "io.kubernetes.container.name"
	labelAttempt   = "io.kubernetes.container.restartCount"
	labelHash      = "io.kubernetes.container.hash"

	typeSandbox   = "podsandbox"
	typeContainer = "container"
)

// Runtime runs pods with the engine of one folder.
type Runtime struct {
	engine *engine.Engine

	mutex sync.Mutex
	pods  map[string]string // UIDs by the ids of their containers; nil before all were read
}

var _ cri.Runtime = (*Runtime)(nil)

// MaybeBecome runs a container's first process, or clears away after it, if that
// is what this program was started for, and does not return then. It is to be
// called first thing in main.
func MaybeBecome() {
	runtime.MaybeInit()
	engine.MaybeFinish()
}

// Open returns the runtime whose engine keeps its files in a folder, or in its
// usual ones if root is empty. An ordinary user is refused: only root's containers
// can join the namespaces of others.
func Open(root string, isRoot bool) (*Runtime, error) {
	if !isRoot {
		return nil, errors.New("running pods needs root, or a sandbox (`drydock shell`, a node of `mini-k8s up`), where you are root: " +
			"the kernel lets nobody out of one container's user namespace into another's network")
	}
	e, err := engine.Open(dirs.Locate(root))
	if err != nil {
		return nil, err
	}
	return &Runtime{engine: e}, nil
}

// Images returns the folders in which this machine's engine finds images, its own
// first, which is made if it is not there: what it loads or builds later is then
// seen through the same folder.
func Images(ctx context.Context) ([]string, error) {
	o := dirs.Locate("")
	e, err := engine.Open(o)
	if err != nil {
		return nil, err
	}
	if _, err := e.Images(ctx); err != nil {
		return nil, fmt.Errorf("opening the images of this machine: %w", err)
	}
	return append([]string{o.Root}, o.Images...), nil
}

// list returns the engine's containers of a type, the youngest first. To read those
// of one pod, not all need be read: nobody else makes any.
func (r *Runtime) list(ctx context.Context, kind, podUID string) ([]*container.Container, error) {
	r.mutex.Lock()
	known := r.pods != nil
	r.mutex.Unlock()
	read := r.readAll
	if podUID != "" && known {
		read = func(ctx context.Context) ([]*container.Container, error) { return r.readPod(ctx, podUID) }
	}
	all, err := read(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing containers: %w", err)
	}
	return slices.DeleteFunc(all, func(c *container.Container) bool {
		labels := c.Config.Labels
		return labels[labelType] != kind || podUID != "" && labels[labelUID] != podUID
	}), nil
}

// readAll reads all containers, and notes whose they are.
func (r *Runtime) readAll(ctx context.Context) ([]*container.Container, error) {
	r.mutex.Lock()
	if r.pods == nil {
		r.pods = map[string]string{}
	}
	r.mutex.Unlock()
	all, err := r.engine.List(ctx)
	for _, each := range all {
		r.note(each)
	}
	return all, err
}

// note notes whose a container is.
func (r *Runtime) note(c *container.Container) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.pods != nil {
		r.pods[c.ID] = c.Config.Labels[labelUID]
	}
}

// readPod reads the containers of a pod.
func (r *Runtime) readPod(ctx context.Context, uid string) (found []*container.Container, err error) {
	r.mutex.Lock()
	var ids []string
	for id, of := range r.pods {
		if of == uid {
			ids = append(ids, id)
		}
	}
	r.mutex.Unlock()
	for _, id := range ids {
		c, err := r.engine.Inspect(ctx, id)
		switch {
		case errors.Is(err, container.ErrNotExist):
			r.mutex.Lock()
			delete(r.pods, id)
			r.mutex.Unlock()
		case err != nil:
			return nil, err
		default:
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b *container.Container) int { return b.Created.Compare(a.Created) })
	return found, nil
}

// inspect returns a container as it is now.
func (r *Runtime) inspect(ctx context.Context, id string) (*container.Container, error) {
	c, err := r.engine.Inspect(ctx, id)
	if errors.Is(err, container.ErrNotExist) {
		err = fmt.Errorf("container %s: %w", container.ShortID(id), cri.ErrNotFound)
	}
	return c, err
}

// start starts a container that somebody has made, and lets it go on by itself.
func (r *Runtime) start(ctx context.Context, c *container.Container) error {
	running, err := r.engine.Start(ctx, c, engine.Attachment{})
	if err != nil {
		return err
	}
	return running.Leave()
}

// remove removes a container, and kills it first if it runs. One that is gone is no
// error.
func (r *Runtime) remove(ctx context.Context, id string) error {
	c, err := r.inspect(ctx, id)
	if errors.Is(err, cri.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return r.engine.Remove(ctx, c, true)
}

// mostName is the longest name that the engine takes, in bytes.
const mostName = 255

// nameOf is what `mini-docker ps` calls a container of a pod, as Docker's did.
func nameOf(container, pod, namespace, uid, attempt string) string {
	rest := "_" + namespace + "_" + uid + "_" + attempt
	head := "k8s_" + container + "_" + pod
	return strings.TrimRight(head[:min(len(head), mostName-len(rest))], ".-") + rest
}

// ImageID implements cri.Images.
func (r *Runtime) ImageID(ctx context.Context, name string) (string, error) {
	found, err := r.engine.FindImage(ctx, name)
	if missing := (*engine.ImageNotFoundError)(nil); errors.As(err, &missing) {
		return "", fmt.Errorf("image %q: %w on this node", name, cri.ErrNotFound)
	}
	if err != nil {
		return "", err
	}
	return found.ID.String(), nil
}

// PullImage implements cri.Images. A node has the images of the machine it is on,
// and gets no others.
func (r *Runtime) PullImage(ctx context.Context, name string) error {
	_, err := r.ImageID(ctx, name)
	if errors.Is(err, cri.ErrNotFound) {
		err = fmt.Errorf("%w: bring it to this machine with `mini-docker pull`, `load` or `build`", err)
	}
	return err
}
