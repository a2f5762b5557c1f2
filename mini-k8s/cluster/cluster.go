// Package cluster puts the components together into a cluster on one machine,
// which is thrown away afterwards.
//
//	c, err := cluster.At(folder, "mini-k8s")
//	err = c.Up(ctx, cluster.Spec{Nodes: 3, …}, progress)
//	status, err := c.Status(ctx)
//	err = c.Down(ctx)
//
// All of it lives in one sandbox, whose network is the wire between the nodes: the
// host's interfaces, routes and rules are not touched, and what is inside dies
// with the sandbox's process 1.
//
//	host          │ sandbox (user, mount, PID and network namespaces)
//	              │                         │ node-1 (namespaces of its own)
//	  keeper ═════╪═ init                   │   init ─┬─ kubelet ─ pods
//	  127.0.0.1:P │  ├ apiserver 172.30.0.1 │         └─ proxy
//	  kubeconfig  │  ├ scheduler        │   │
//	              │  ├ controller-man…  └───┼─ eth0 172.30.0.2
//	              │  ├ dns            bridge│
//	              │  └ node ×N          …   │ node-2 …
//
// The keeper (keep.go) is the one process outside. It starts each component as
// a person could, with the flags of its command, starts again those that end, and
// relays connections to the API server. It holds the lock of the cluster's folder
// for as long as it lives, so that whoever comes next knows whether the cluster
// does. What a component does is in the packages beside this one.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"

	"drydock/mini-docker/sandbox"
	"drydock/mini-docker/sandbox/private"
	small "drydock/mini-docker/sandbox/program"
)

// The addresses of a cluster. All are in namespaces of its own.
const (
	apiPort       = 6443
	clusterDNS    = "10.96.0.10"
	clusterDomain = "cluster.local"
	mostNodes     = 100
)

// underlay is the network of the nodes, in which the control plane has the first
// address, and pods the range that is cut into one for each node.
var (
	underlay = netip.MustParsePrefix("172.30.0.1/24")
	pods     = netip.MustParsePrefix("10.244.0.0/16")
)

// What can be wrong with a cluster.
var (
	ErrRunning    = errors.New("the cluster runs already")
	ErrNotRunning = errors.New("the cluster does not run: start it with `mini-k8s up`")
)

// Cluster is a cluster of this machine, by its name.
type Cluster struct {
	Name string
	dir  string // what of it is outside
}

// Spec says what cluster to make.
type Spec struct {
	Nodes   int
	Port    uint16   // of 127.0.0.1, for the API server; 0 is any
	Program string   // that has the components' commands
	Images  []string // folders of engines whose images the nodes have, without copying
}

// MaybeBecome turns this program into a sandbox's first process if that is what it
// was started for, and does not return then. It is to be called first in main.
func MaybeBecome() {
	sandbox.Program = small.Open
	sandbox.MaybeInit()
}

// EnterScope starts this program again where an ordinary user can set limits, if
// there is such a place: see package sandbox.
func EnterScope(ctx context.Context) { sandbox.EnterScope(ctx) }

// Folder is where clusters are kept, of root for all, of everybody else for
// themselves. See the XDG Base Directory Specification.
func Folder() string {
	data := os.Getenv("XDG_DATA_HOME")
	switch root := os.Getenv("MINI_K8S_ROOT"); {
	case filepath.IsAbs(root):
		return root
	case os.Geteuid() == 0:
		return "/var/lib/mini-k8s"
	case !filepath.IsAbs(data):
		data = filepath.Join(os.Getenv("HOME"), ".local/share")
	}
	return filepath.Join(data, "mini-k8s")
}

// At returns the cluster of a name below a folder, whether it runs or not.
func At(folder, name string) (*Cluster, error) {
	if !regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$`).MatchString(name) {
		return nil, fmt.Errorf("%q is no name for a cluster: take lower-case letters, digits and dashes, 32 at most", name)
	}
	return &Cluster{Name: name, dir: filepath.Join(folder, name)}, nil
}

// Kubeconfig is the file by which kubectl finds the cluster.
func (c *Cluster) Kubeconfig() string { return filepath.Join(c.dir, "kubeconfig") }

// Logs is the folder of what the components say, a file each.
func (c *Cluster) Logs() string { return filepath.Join(c.dir, "logs") }

func (c *Cluster) control() string { return filepath.Join(c.dir, "control") }
func (c *Cluster) scratch() string { return filepath.Join(c.dir, "scratch") }

// make makes the cluster's folder, which nobody else may look into: there is a key
// in it.
func (c *Cluster) make() error { return private.Dir(c.dir) }

// Node is a machine of the cluster.
type Node struct {
	Name    string
	Address netip.Addr
	Pods    netip.Prefix
}

// nodesOf are the first nodes of a cluster.
func nodesOf(count int) []Node {
	all := make([]Node, count)
	address := underlay.Addr()
	for i := range all {
		address = address.Next()
		range4 := pods.Addr().As4()
		range4[2] = byte(i + 1)
		all[i] = Node{fmt.Sprintf("node-%d", i+1), address, netip.PrefixFrom(netip.AddrFrom4(range4), 24)}
	}
	return all
}
