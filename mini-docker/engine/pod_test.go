package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/mounts"

	"golang.org/x/sys/unix"
)

// startPod starts the sandbox of a pod, or skips the test where that cannot be.
func startPod(t *testing.T, e *Engine) *container.Container {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("joining the namespaces of another container needs root")
	}
	pod, err := e.CreatePod(t.Context(), PodOptions{Hostname: "web", Labels: map[string]string{"pod": "web"}, CgroupParent: "/mini-docker/pod-test"})
	must(t, err)
	running, err := e.Start(t.Context(), pod, Attachment{})
	if errors.Is(err, unix.EPERM) {
		t.Skipf("this machine lets us make no containers: %v", err)
	}
	must(t, err)
	must(t, running.Leave())
	t.Cleanup(func() { must(t, e.Remove(context.WithoutCancel(t.Context()), pod, true)) })
	return pod
}

func namespaceOf(t *testing.T, pid int, kind string) string {
	t.Helper()
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, kind))
	must(t, err)
	return link
}

func TestContainersOfAPodShareItsNamespaces(t *testing.T) {
	e := newEngine(t)
	pod := startPod(t, e)
	for _, shared := range []bool{false, true} {
		o := JoinPod(CreateOptions{Args: []string{"prog", "wait"}, CgroupParent: pod.HostConfig.CgroupParent}, pod.ID, shared)
		running := start(t, e, o, Attachment{})
		for kind, want := range map[string]bool{"net": true, "ipc": true, "uts": true, "mnt": false, "pid": shared} {
			got := namespaceOf(t, running.Container.State.Pid, kind) == namespaceOf(t, pod.State.Pid, kind)
			if got != want {
				t.Errorf("processes shared %v: is the %s namespace the pod's: got %v, want %v", shared, kind, got, want)
			}
		}
		if running.Container.Config.Hostname != "web" {
			t.Errorf("got hostname %q, want the pod's", running.Container.Config.Hostname)
		}
		must(t, e.Kill(running.Container, unix.SIGKILL))
		_, err := running.Wait()
		must(t, errors.Join(err, running.Finish(t.Context())))
	}
	if c, err := e.Inspect(t.Context(), pod.ID); err != nil || !c.State.Running {
		t.Errorf("got %+v and %v, want the sandbox to outlive its containers", c, err)
	}
}

func TestMountsAreSeenInTheContainer(t *testing.T) {
	e := newEngine(t)
	pod := startPod(t, e)
	volume := t.TempDir()
	must(t, os.WriteFile(filepath.Join(volume, "colour"), []byte("red\n"), 0o644))
	hosts := filepath.Join(t.TempDir(), "hosts")
	must(t, os.WriteFile(hosts, []byte("10.0.0.1 web\n"), 0o644))
	var text strings.Builder
	o := JoinPod(CreateOptions{Args: []string{"prog", "show", "/data/colour", "/etc/hosts"}}, pod.ID, false)
	o.Mounts = []mounts.Request{Bind(volume, "/data", true), Bind(hosts, "/etc/hosts", false)}
	running := start(t, e, o, Attachment{Stdout: &text})
	_, err := running.Wait()
	must(t, errors.Join(err, running.Finish(t.Context())))
	if got, want := text.String(), "red\n/data/colour is read-only\n10.0.0.1 web\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMountsAndCgroupParentsThatCannotBe(t *testing.T) {
	e := newEngine(t)
	for want, o := range map[string]CreateOptions{
		"invalid mount config for type \"bind\": invalid mount path: 'data' mount path must be absolute": {Mounts: []mounts.Request{Bind("/", "data", true)}},
		"invalid mount config for type \"bind\": invalid specification: destination can't be '/'":        {Mounts: []mounts.Request{Bind("/", "/..", true)}},
		"invalid mount config for type \"bind\": bind source path does not exist: /no/such":              {Mounts: []mounts.Request{Bind("/no/such", "/data", true)}},
		"invalid cgroup parent /system.slice: it must be a path below /mini-docker":                      {CgroupParent: "/system.slice"},
		"invalid cgroup parent /mini-docker/../x: it must be a path below /mini-docker":                  {CgroupParent: "/mini-docker/../x"},
	} {
		o.Image = testImage
		if _, err := e.Create(t.Context(), o); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
