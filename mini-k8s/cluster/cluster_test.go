package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestNamesOfClustersAreThoseOfHosts(t *testing.T) {
	for name, good := range map[string]bool{
		"mini-k8s": true, "a": true, "2nd": true, strings.Repeat("a", 32): true,
		"": false, "-a": false, "a-": false, "A": false, "a/b": false, "..": false, strings.Repeat("a", 33): false,
	} {
		if _, err := At(t.TempDir(), name); (err == nil) != good {
			t.Errorf("%q: got %v", name, err)
		}
	}
}

func TestNodesHaveAddressesOfTheirOwn(t *testing.T) {
	seen := map[string]string{"the control plane's": underlay.Addr().String()}
	for _, n := range nodesOf(mostNodes) {
		for what, text := range map[string]string{n.Name + "'s": n.Address.String(), n.Name + "'s pods'": n.Pods.String()} {
			for whose, other := range seen {
				if other == text {
					t.Errorf("%s is %s as well as %s", text, what, whose)
				}
			}
			seen[what] = text
		}
		if !underlay.Contains(n.Address) || !pods.Overlaps(n.Pods) || n.Pods != n.Pods.Masked() {
			t.Errorf("%s has %s and %s, want them within %s and %s", n.Name, n.Address, n.Pods, underlay.Masked(), pods)
		}
	}
}

func TestEachComponentHasACertificate(t *testing.T) {
	const nodes = 2
	all := others(nodes)
	for _, n := range nodesOf(nodes) {
		all = append(all, n.services()...)
	}
	for _, each := range all {
		if each.args[1] == "node" {
			continue // it asks nobody
		}
		file, found := strings.CutPrefix(valueOf(each.args, "--kubeconfig"), pkiDir+"/")
		if _, has := subjects(nodes)[file]; !found || !has {
			t.Errorf("%s reads %q, which nobody writes", each.name, file)
		}
	}
}

func TestWhereClustersAreKept(t *testing.T) {
	t.Setenv("MINI_K8S_ROOT", "relative")
	t.Setenv("XDG_DATA_HOME", "/data")
	if got := Folder(); got != "/data/mini-k8s" && got != "/var/lib/mini-k8s" {
		t.Errorf("got %s, want what is everybody's or root's", got)
	}
	t.Setenv("MINI_K8S_ROOT", "/own")
	if got := Folder(); got != "/own" {
		t.Errorf("got %s, want what was asked for", got)
	}
}

func TestWhatHasEndedRestsLongerEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		began := time.Now()
		var starts []time.Duration
		keepRunning(ctx, "it", func(context.Context) string {
			starts = append(starts, time.Since(began))
			switch len(starts) {
			case 4:
				time.Sleep(longRun + time.Second)
			case 6:
				stop()
			}
			return "status 1"
		})
		want := "[0s 100ms 300ms 700ms 11.8s 12s]"
		if got := fmt.Sprint(starts); got != want {
			t.Errorf("started at %s, want %s: a tenth of a second, twice as long each time, and anew after a long run", got, want)
		}
	})
}

func TestAClusterThatIsNotThereIsSaidNotToRun(t *testing.T) {
	c, err := At(t.TempDir(), "none")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Status(t.Context()); !errors.Is(err, ErrNotRunning) {
		t.Errorf("status: got %v", err)
	}
	if err := c.Down(t.Context()); !errors.Is(err, ErrNotRunning) {
		t.Errorf("down: got %v", err)
	}
	for _, nodes := range []int{0, mostNodes + 1} {
		if err := c.Up(t.Context(), nil, nodes, nil); err == nil || !strings.Contains(err.Error(), "1 to 100 nodes") {
			t.Errorf("up with %d nodes: got %v", nodes, err)
		}
	}
}
