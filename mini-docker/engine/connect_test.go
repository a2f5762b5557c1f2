package engine

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"drydock/mini-docker/engine/endpoint"
	"drydock/mini-docker/engine/networks"
)

// connected starts a container on a network; it waits to be killed.
func connected(t *testing.T, e *Engine, name, network string) {
	t.Helper()
	r := start(t, e, CreateOptions{Name: name, Network: endpoint.Options{Mode: network}, Args: []string{"prog", "wait"}}, Attachment{})
	must(t, r.Leave())
	t.Cleanup(func() {
		c, err := e.Find(context.Background(), r.Container.ID)
		must(t, err)
		must(t, e.Remove(context.Background(), c, true))
	})
}

// A container that was renamed was found by its old name, and not by its new one,
// until it was started again.
func TestARenamedContainerIsFoundByItsNewName(t *testing.T) {
	if !hasOwnNetwork(t) {
		return
	}
	e := newEngine(t)
	n, err := e.Networks().Create(networks.Spec{Name: "shop"})
	must(t, err)
	connected(t, e, "web", n.Name)
	connected(t, e, "client", n.Name)
	web, err := e.Find(t.Context(), "web")
	must(t, err)
	must(t, e.Rename(t.Context(), web, "shop-web"))
	client, err := e.Find(t.Context(), "client")
	must(t, err)
	hosts, err := os.ReadFile(client.HostsPath)
	must(t, err)
	address := web.NetworkSettings.Networks["shop"].IPAddress
	if want := fmt.Sprintf("%s\tshop-web %s\n", address, web.ID[:12]); !strings.Contains(string(hosts), want) {
		t.Errorf("its neighbour's /etc/hosts is\n%swant in it %q", hosts, want)
	}
	web, err = e.Find(t.Context(), "shop-web")
	must(t, err)
	if names := web.NetworkSettings.Networks["shop"].DNSNames; len(names) == 0 || names[0] != "shop-web" {
		t.Errorf("got the names %v, want shop-web first", names)
	}
}

// Neither is a bridge: to connect a container to them ended in a panic.
func TestNobodyIsConnectedToTheHostOrToNothing(t *testing.T) {
	if !hasOwnNetwork(t) {
		return
	}
	e := newEngine(t)
	connected(t, e, "web", networks.Reserved)
	web, err := e.Find(t.Context(), "web")
	must(t, err)
	for _, name := range []string{networks.Host, networks.None} {
		err := e.ConnectNetwork(t.Context(), web, endpoint.Options{Mode: name})
		if want := "container cannot be connected to network " + name; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
