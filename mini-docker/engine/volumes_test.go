package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/mounts"
	"drydock/mini-docker/flock"
	"drydock/mini-docker/volume"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// withVolumes creates a container that nobody runs, with mounts as -v has them.
func withVolumes(t *testing.T, e *Engine, o CreateOptions, texts ...string) *container.Container {
	t.Helper()
	o.Image, o.Waits = testImage, true
	for _, each := range texts {
		m, err := mounts.ParseVolume(each)
		must(t, err)
		o.Mounts = append(o.Mounts, m)
	}
	c, err := e.Create(t.Context(), o)
	must(t, err)
	c.Release()
	return c
}

func volumeNames(t *testing.T, e *Engine) string {
	t.Helper()
	list, err := e.Volumes().List()
	must(t, err)
	var names []string
	for _, v := range list {
		name := v.Name
		if v.IsAnonymous() {
			name = "ANONYMOUS"
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func TestVolumesOutliveContainers(t *testing.T) {
	e := newEngine(t)
	withVolumes(t, e, CreateOptions{Name: "keeps"}, "data:/data", "/anonymous")
	withVolumes(t, e, CreateOptions{Name: "clears"}, "more:/data", "/anonymous")
	remove := func(name string, how func(*container.Container) error) {
		t.Helper()
		c, err := e.Find(t.Context(), name)
		must(t, err)
		must(t, how(c))
	}
	remove("keeps", func(c *container.Container) error { return e.Remove(t.Context(), c, false) })
	remove("clears", func(c *container.Container) error { return e.RemoveWithVolumes(t.Context(), c, false) })
	if got := volumeNames(t, e); got != "ANONYMOUS data more" && got != "data more ANONYMOUS" && got != "data ANONYMOUS more" {
		t.Errorf("got %q, want data, more and one without a name", got)
	}
}

func TestAVolumeThatAContainerUsesStays(t *testing.T) {
	e := newEngine(t)
	c := withVolumes(t, e, CreateOptions{}, "data:/data")
	err := e.RemoveVolume("data")
	if !errors.Is(err, volume.ErrInUse) || !strings.Contains(err.Error(), c.ID) {
		t.Errorf("got %v, want that %s uses it", err, c.ID)
	}
	// As while the container is made: hidden, and owned by a process.
	must(t, os.Rename(e.containers.Dir(c.ID), e.containers.Hidden(c.ID)))
	lock, err := flock.Take(e.containers.Hidden(c.ID))
	must(t, err)
	if err := e.RemoveVolume("data"); !errors.Is(err, volume.ErrInUse) {
		t.Errorf("while the container is made: got %v", err)
	}
	lock.Release()
	must(t, e.RemoveVolume("data"))
}

// A container that is there already has the volume's folder mounted.
func TestAVolumeThatAContainerUsesKeepsItsFolder(t *testing.T) {
	e := newEngine(t)
	withVolumes(t, e, CreateOptions{Name: "first"}, "data:/elsewhere")
	folder := e.Volumes().Mountpoint("data")
	mounted, err := os.Stat(folder)
	must(t, err)
	layer := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(layer, "data/sub"), 0o755))
	must(t, os.Chmod(filepath.Join(layer, "data"), 0o750))
	m, err := mounts.ParseVolume("data:/data")
	must(t, err)
	c, err := e.Create(t.Context(), CreateOptions{
		Base: &Base{Layers: []string{layer}, Config: &v1.ConfigFile{}}, Args: []string{"true"}, Waits: true,
		Mounts: []mounts.Request{m},
	})
	must(t, err)
	c.Release()
	now, err := os.Stat(folder)
	must(t, err)
	if !os.SameFile(now, mounted) || now.Mode().Perm() != 0o750 {
		t.Errorf("got %v, same folder %t; want the same one with the image's mode", now.Mode(), os.SameFile(now, mounted))
	}
	if _, err := os.Stat(filepath.Join(folder, "sub")); err != nil {
		t.Errorf("it is empty, and is not filled: %v", err)
	}
}

func TestAnonymousVolumesGoWithAContainerThatWasNeverWhole(t *testing.T) {
	e := newEngine(t)
	c := withVolumes(t, e, CreateOptions{AutoRemove: true}, "data:/data", "/anonymous")
	// As if its creator had been killed just before it was whole.
	must(t, os.Rename(e.containers.Dir(c.ID), e.containers.Hidden(c.ID)))
	if got := volumeNames(t, e); !strings.Contains(got, "ANONYMOUS") {
		t.Fatalf("the world is not alive: got %q", got)
	}
	_, err := e.List(t.Context())
	must(t, err)
	if got := volumeNames(t, e); got != "data" {
		t.Errorf("got %q, want data alone", got)
	}
}

func TestAnonymousVolumesOfOneThatIsRemovedWithoutThemStay(t *testing.T) {
	e := newEngine(t)
	c := withVolumes(t, e, CreateOptions{}, "/anonymous")
	must(t, c.KeepVolumes(e.containers.Dir(c.ID), true)) // as Remove does
	must(t, os.Rename(e.containers.Dir(c.ID), e.containers.Hidden(c.ID)))
	_, err := e.List(t.Context())
	must(t, err)
	if got := volumeNames(t, e); got != "ANONYMOUS" {
		t.Errorf("got %q, want that it is kept", got)
	}
}

func TestVolumesFromAnotherContainer(t *testing.T) {
	e := newEngine(t)
	first := withVolumes(t, e, CreateOptions{Name: "first"}, "data:/data", "/anonymous", t.TempDir()+":/bound")
	o := CreateOptions{VolumesFrom: []mounts.From{{Container: "first", ReadOnly: true}}}
	second := withVolumes(t, e, o, "other:/data")
	seen := map[string]container.Mount{}
	for _, m := range second.Mounts {
		seen[m.Destination] = m
	}
	if m := seen["/data"]; m.Name != "other" || !m.RW {
		t.Errorf("/data: got %+v, want what was asked for", m)
	}
	if m := seen["/anonymous"]; m.Name != first.Mounts[1].Name || m.RW {
		t.Errorf("/anonymous: got %+v, want that of the first, read-only", m)
	}
	if m := seen["/bound"]; m.Type != mounts.Bind || m.RW {
		t.Errorf("/bound: got %+v", m)
	}
	must(t, e.RemoveWithVolumes(t.Context(), first, false))
	if _, err := e.Volumes().Find(first.Mounts[1].Name); err != nil {
		t.Errorf("the second container uses it, and it is gone: %v", err)
	}
}

func TestMountsThatAreRefused(t *testing.T) {
	e := newEngine(t)
	missing := filepath.Join(t.TempDir(), "missing")
	for want, list := range map[string][]mounts.Request{
		"Duplicate mount point: /data":                        {{Type: mounts.Volume, Target: "/data"}, {Type: mounts.Tmpfs, Target: "/data/"}},
		"bind source path does not exist: " + missing:         {Bind(missing, "/data", false)},
		`includes invalid characters for a local volume name`: {{Type: mounts.Volume, Source: "a/b", Target: "/data"}},
	} {
		_, err := e.Create(t.Context(), CreateOptions{Image: testImage, Mounts: list})
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if got := volumeNames(t, e); got != "" {
		t.Errorf("what was refused has left %q", got)
	}
}
