package engine

import (
	"errors"
	"strings"
	"testing"

	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/engine/endpoint"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestModes(t *testing.T) {
	e := newEngine(t)
	other := create(t, e, "other")
	for _, test := range []struct {
		o    CreateOptions
		want string // the network mode, or the error
	}{
		{CreateOptions{}, "none"},
		{CreateOptions{Network: endpoint.Options{Mode: "none"}}, "none"},
		{CreateOptions{Network: endpoint.Options{Mode: "host"}}, "host"},
		{CreateOptions{Network: endpoint.Options{Mode: "container:other"}}, "container:" + other.ID},
		{CreateOptions{Network: endpoint.Options{Mode: "container:" + other.ID[:12]}}, "container:" + other.ID},
		{CreateOptions{Network: endpoint.Options{Mode: "mine"}}, "network mine not found"},
		{CreateOptions{Network: endpoint.Options{Mode: "container:nobody"}}, "No such container: nobody"},
		{CreateOptions{Network: endpoint.Options{Mode: "container:other"}, Hostname: "x"}, "conflicting options: hostname and the network mode"},
		{CreateOptions{UTS: "host", Hostname: "x"}, "conflicting options: hostname and the UTS mode"},
		{CreateOptions{Hostname: strings.Repeat("x", 64)}, "none"},
		{CreateOptions{Hostname: strings.Repeat("x", 65)}, "invalid hostname: it has 65 bytes, and the kernel takes 64 at most"},
		{CreateOptions{Name: strings.Repeat("x", 256)}, "Invalid container name: it has 256 bytes, at most 255 are allowed"},
		{CreateOptions{PID: "shared"}, "--pid: invalid PID mode"},
		{CreateOptions{PID: "container:"}, "--pid: invalid PID mode"},
	} {
		test.o.Image = testImage
		c, err := e.Create(t.Context(), test.o)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = c.HostConfig.NetworkMode
			c.Release()
		}
		if got != test.want {
			t.Errorf("%+v: got %q, want %q", test.o, got, test.want)
		}
	}
}

func TestAContainerThatDoesNotRunCannotBeJoined(t *testing.T) {
	e := newEngine(t)
	other := create(t, e, "other")
	for kind, o := range map[string]CreateOptions{
		"network": {Network: endpoint.Options{Mode: "container:other"}}, "PID": {PID: "container:other"}, "IPC": {IPC: "container:other"},
	} {
		o.Image = testImage
		c, err := e.Create(t.Context(), o)
		must(t, err)
		_, err = e.namespaces(t.Context(), c, bundle.Host{})
		if want := "cannot join " + kind + " of a non running container: " + other.ID; err == nil || err.Error() != want {
			t.Errorf("got %v, want %q", err, want)
		}
		c.Release()
	}
}

func TestHostModesLeaveNamespacesOut(t *testing.T) {
	e := newEngine(t)
	c, err := e.Create(t.Context(), CreateOptions{Image: testImage, PID: "host", IPC: "host"})
	must(t, err)
	defer c.Release()
	got, err := e.namespaces(t.Context(), c, bundle.Host{})
	must(t, err)
	if !got[specs.PIDNamespace].Host || !got[specs.IPCNamespace].Host || got[specs.NetworkNamespace].Host {
		t.Errorf("got %+v, want PID and IPC of the host", got)
	}
}

func TestConfigOfImageAndOptions(t *testing.T) {
	e := newEngine(t)
	for _, test := range []struct {
		o    CreateOptions
		want string // the command
	}{
		{CreateOptions{}, "prog exit 0"},
		{CreateOptions{Args: []string{"other"}}, "other"},
		{CreateOptions{Entrypoint: &[]string{"entry"}}, "entry"},
		{CreateOptions{Entrypoint: &[]string{"entry"}, Args: []string{"arg"}}, "entry arg"},
	} {
		test.o.Image = testImage
		c, err := e.Create(t.Context(), test.o)
		must(t, err)
		c.Release()
		if got := c.Command(); got != test.want {
			t.Errorf("%+v: got %q, want %q", test.o, got, test.want)
		}
	}
	_, err := e.Create(t.Context(), CreateOptions{Image: testImage, Entrypoint: &[]string{}})
	if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "no command specified") {
		t.Errorf("no command: got %v", err)
	}
	c, err := e.Create(t.Context(), CreateOptions{Image: testImage, Env: []string{"COLOUR", "SHAPE=round"}})
	must(t, err)
	c.Release()
	if got := strings.Join(c.Config.Env, " "); got != "SHAPE=round" {
		t.Errorf("environment: got %q", got)
	}
}
