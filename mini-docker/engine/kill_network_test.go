package engine

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"drydock/mini-docker/engine/endpoint"
	"drydock/mini-docker/engine/networks"
	"drydock/mini-docker/namespace"
	"drydock/mini-docker/network/nat"

	"golang.org/x/sys/unix"
)

// publishing has runOne publish this port of the host.
const publishing = "ENGINE_TEST_PUBLISH"

// networkOfOne is the network of the container that runOne runs.
func networkOfOne() (o endpoint.Options) {
	if port, err := strconv.ParseUint(os.Getenv(publishing), 10, 16); err == nil {
		o.Mode = "default"
		o.Ports = []networks.PortRequest{{First: uint16(port), Last: uint16(port), Port: 80, Protocol: nat.TCP}}
	}
	return o
}

// TestNetworksAreTrueWhateverIsKilled is the test above for containers on the default
// bridge, each with a published port: addresses, rules and interfaces are those of what
// runs. They are looked for in a network namespace that the test runs itself anew in.
func TestNetworksAreTrueWhateverIsKilled(t *testing.T) {
	if !hasOwnNetwork(t) {
		return
	}
	e := newEngine(t)
	t.Setenv(publishing, "8080")
	running := start(t, e, CreateOptions{Name: "bystander", Network: networkOfOne(), Args: []string{"prog", "wait"}}, Attachment{})
	must(t, running.Leave())
	awaitNetworks(t, e, "the start")
	for round := range roundsOfKills() {
		t.Setenv(publishing, strconv.Itoa(9000+round))
		what := killOne(t, e.root)
		awaitTruth(t, e, what)
		awaitNetworks(t, e, fmt.Sprintf("round %d, in which %s", round, what))
	}
	list, err := e.List(t.Context())
	must(t, err)
	if len(list) == 0 {
		t.Error("no container is there any more")
	}
	for _, each := range list {
		must(t, e.Remove(t.Context(), each, true))
	}
	awaitNetworks(t, e, "the end")
}

// hasOwnNetwork says whether the test runs in a network namespace of its own. Else it
// runs the test anew in one, and reports how that went.
func hasOwnNetwork(t *testing.T) bool {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("who is not root has networks in a sandbox alone")
	}
	const inside = "ENGINE_TEST_INSIDE"
	if os.Getenv(inside) != "" {
		must(t, namespace.LoopbackUp())
		return true
	}
	again := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$")
	again.Env = append(os.Environ(), inside+"=1")
	again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
	if text, err := again.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return false
}

// awaitNetworks waits until leases, rules and interfaces are those of what runs.
func awaitNetworks(t *testing.T, e *Engine, when string) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if err = networkUntruth(t, e); err == nil {
			return
		}
	}
	t.Fatalf("after %s: %v", when, err)
}

// networkUntruth says where leases, rules and interfaces are not those of what runs.
func networkUntruth(t *testing.T, e *Engine) error {
	list, err := e.List(t.Context())
	must(t, err)
	var running, leased, published []string
	for _, each := range list {
		if each.State.Running {
			running = append(running, each.ID)
		}
	}
	files, err := filepath.Glob(filepath.Join(e.run, "networks", "*", "*.json"))
	must(t, err)
	for _, file := range files {
		leased = append(leased, file[len(filepath.Dir(file))+1:len(file)-len(".json")])
	}
	ports, err := nat.AllPublished()
	must(t, err)
	for _, port := range ports {
		published = append(published, port.Owner)
	}
	wanted := 1 // lo
	if len(running) > 0 {
		wanted += 1 + len(running) // the bridge, and a veth for each
	}
	slices.Sort(running)
	slices.Sort(leased)
	slices.Sort(published)
	var errs []error
	if !slices.Equal(leased, running) {
		errs = append(errs, fmt.Errorf("there are leases of %q, and %q run", leased, running))
	}
	if !slices.Equal(published, running) {
		errs = append(errs, fmt.Errorf("there are rules for %q, and %q run", published, running))
	}
	if here, err := net.Interfaces(); err != nil || len(here) != wanted {
		errs = append(errs, fmt.Errorf("there are the interfaces %v, want %d: %w", here, wanted, err))
	}
	return errors.Join(errs...)
}
