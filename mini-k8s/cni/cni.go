// Package cni connects the pods of a node: each with a cable of its own and an
// address that the whole cluster knows the way to. It is a cri.Network.
//
//	n, err := cni.Open(cni.Config{Dir: dir, Node: address, Pods: podCIDR, Cluster: clusterCIDR})
//	go n.Route(ctx, client)               // to the pods of other nodes
//	address, err := n.Add(ctx, uid, "/proc/PID/ns/net")
//
//	pod               │ node
//	eth0 10.244.1.2 ══╪══ pod1a2b… 169.254.1.1 ── routing ── eth0 172.30.0.2 ── other nodes
//	 default via      │   10.244.1.2 dev pod1a2b…            10.244.2.0/24 via 172.30.0.3
//	 169.254.1.1      │
//
// There is no bridge: the node is a router, and each pod is one hop away from it.
// So every packet between pods passes the node's rules, and a Service works for
// two pods of one node without a packet filter for bridges. The pod's gateway is
// an address that is good on its cable only (RFC 3927), the same for all.
//
// What is taken stands in files, so that it is known after a restart. Who may speak
// to whom is not decided here, and Services are package proxy's.
package cni

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"sync"

	"drydock/mini-docker/network"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// gateway is the node as its pods see it.
var gateway = netip.MustParseAddr("169.254.1.1")

// protocol marks the routes that are ours. See ip-route(8), protocol.
const protocol netlink.RouteProtocol = 0x4b

// Config says what network to be.
type Config struct {
	Dir     string       // where it is written down which pod has which address
	Node    netip.Addr   // the node's own address
	Pods    netip.Prefix // the addresses of its pods
	Cluster netip.Prefix // those of all pods
}

// Network connects the pods of one node.
type Network struct {
	config Config

	mutex  sync.Mutex
	leases *leases
}

// Open returns the network of a node, which becomes a router.
func Open(config Config) (*Network, error) {
	leases, err := openLeases(config.Dir, config.Pods)
	if err != nil {
		return nil, err
	}
	if err := network.Forward(); err != nil {
		return nil, err
	}
	if err := masquerade(config.Cluster); err != nil {
		return nil, err
	}
	return &Network{config: config, leases: leases}, nil
}

// Add implements cri.Network.
func (n *Network) Add(_ context.Context, podUID, namespacePath string) (netip.Addr, error) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	address, err := n.leases.take(podUID)
	if err != nil {
		return address, err
	}
	inside, err := network.OpenNamespace(namespacePath)
	if err != nil {
		return address, err
	}
	defer inside.Close()
	name := interfaceOf(podUID)
	if err := network.RemoveVeth(name); err != nil { // of a sandbox that was before
		return address, err
	}
	veth, err := network.NewVeth(network.VethSpec{
		Name: name, Alias: podUID, Peer: "eth0", Namespace: inside, MAC: network.MAC(address),
	})
	if err != nil {
		return address, err
	}
	if err := n.lead(name, address); err != nil {
		return address, errors.Join(fmt.Errorf("leading to pod %s: %w", podUID, err), veth.Remove())
	}
	err = inside.Configure("eth0", network.Address{IP: netip.PrefixFrom(address, address.BitLen()), Gateway: gateway})
	if err != nil {
		return address, errors.Join(err, veth.Remove())
	}
	return address, nil
}

// lead makes the node's end of a pod's cable its gateway, and tells the kernel that
// the pod is behind it. What the node itself sends there is to come from the node's
// address: the one on the cable means nothing elsewhere.
func (n *Network) lead(name string, address netip.Addr) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return err
	}
	own := &netlink.Addr{IPNet: netlink.NewIPNet(gateway.AsSlice()), Scope: unix.RT_SCOPE_LINK}
	if err := netlink.AddrAdd(link, own); err != nil {
		return err
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return err
	}
	return netlink.RouteReplace(&netlink.Route{
		LinkIndex: link.Attrs().Index, Scope: unix.RT_SCOPE_LINK,
		Dst: netlink.NewIPNet(address.AsSlice()), Src: n.config.Node.AsSlice(),
	})
}

// Del implements cri.Network. With the cable go the pod's route and interface.
func (n *Network) Del(_ context.Context, podUID string) error {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if err := network.RemoveVeth(interfaceOf(podUID)); err != nil {
		return err
	}
	return n.leases.give(podUID)
}

// interfaceOf is what the node calls a pod's cable: a name holds 15 bytes.
func interfaceOf(podUID string) string {
	return fmt.Sprintf("pod%x", sha256.Sum256([]byte(podUID)))[:13]
}
