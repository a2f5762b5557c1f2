package cni

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"

	"drydock/mini-docker/network/rule"
	"drydock/mini-k8s/client"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
)

// Route keeps the routes to the pods of other nodes until ctx ends: through the
// address of each node to the range that it has.
func (n *Network) Route(ctx context.Context, c *client.Client) {
	nodes, queue := client.Cached[corev1.Node](c, client.Selector{}), client.NewQueue[string]()
	nodes.OnChange(func(_, _ *corev1.Node) { queue.Add("routes") })
	done := make(chan struct{})
	go func() {
		defer close(done)
		nodes.Run(ctx)
	}()
	defer func() { <-done }()
	if nodes.Synced(ctx) != nil {
		return // ctx has ended
	}
	queue.Add("routes")
	queue.Run(ctx, 1, func(context.Context, string) error {
		err := setRoutes(n.wanted(nodes.All()))
		if err != nil {
			slog.Warn("setting routes to other nodes", "error", err)
		}
		return err
	})
}

// wanted are the ranges of the other nodes, with the way there.
func (n *Network) wanted(nodes []*corev1.Node) map[netip.Prefix]netip.Addr {
	routes := map[netip.Prefix]netip.Addr{}
	for _, node := range nodes {
		pods, err := netip.ParsePrefix(node.Spec.PodCIDR)
		if err != nil || pods == n.config.Pods {
			continue // it has none yet, or is this one
		}
		for _, each := range node.Status.Addresses {
			if address, err := netip.ParseAddr(each.Address); err == nil && each.Type == corev1.NodeInternalIP {
				routes[pods] = address
			}
		}
	}
	return routes
}

// setRoutes makes the kernel's routes to pods those that are wanted, and leaves
// others' alone.
func setRoutes(wanted map[netip.Prefix]netip.Addr) error {
	there, err := netlink.RouteListFiltered(unix.AF_INET, &netlink.Route{Protocol: protocol}, netlink.RT_FILTER_PROTOCOL)
	if err != nil {
		return fmt.Errorf("listing routes: %w", err)
	}
	var errs []error
	for _, route := range there {
		address, _ := netip.AddrFromSlice(route.Dst.IP)
		length, _ := route.Dst.Mask.Size()
		if _, ok := wanted[netip.PrefixFrom(address.Unmap(), length)]; !ok {
			errs = append(errs, netlink.RouteDel(&route))
		}
	}
	for pods, node := range wanted {
		destination := net.IPNet{IP: pods.Addr().AsSlice(), Mask: net.CIDRMask(pods.Bits(), 32)}
		err := netlink.RouteReplace(&netlink.Route{Dst: &destination, Gw: node.AsSlice(), Protocol: protocol})
		if err != nil {
			errs = append(errs, fmt.Errorf("routing %s through %s: %w", pods, node, err))
		}
	}
	return errors.Join(errs...)
}

// masquerade hides pods from whoever is outside of the cluster, and would not know
// the way back: what they send there comes from the node.
//
//	ip daddr 10.244.0.0/16 return
//	ip saddr 10.244.0.0/16 masquerade
func masquerade(cluster netip.Prefix) error {
	batch, err := nftables.New()
	if err != nil {
		return fmt.Errorf("masquerading: %w", err)
	}
	table := &nftables.Table{Name: "mini-k8s-cni", Family: nftables.TableFamilyIPv4}
	batch.AddTable(table)
	batch.DelTable(table) // without the line before, one that is not there would be an error
	batch.AddTable(table)
	chain := batch.AddChain(&nftables.Chain{
		Name: "postrouting", Table: table, Type: nftables.ChainTypeNAT,
		Hooknum: nftables.ChainHookPostrouting, Priority: nftables.ChainPriorityNATSource,
	})
	batch.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: rule.Join(
		rule.DestinationIn(cluster), rule.Verdict(expr.VerdictReturn))})
	batch.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: rule.Join(
		rule.SourceIn(cluster), rule.Masquerade())})
	if err := batch.Flush(); err != nil {
		return fmt.Errorf("masquerading: %w", err)
	}
	return nil
}
