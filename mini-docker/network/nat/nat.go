// Package nat translates the addresses of one bridge's containers, and filters
// what is forwarded to them: containers reach the world under the host's address,
// and the world reaches the ports that are published.
//
//	err := nat.New(nat.Network{Bridge: "mini0", Subnet: netip.MustParsePrefix("172.17.0.0/16")})
//	err = nat.Publish("mini0", nat.Port{Protocol: nat.TCP, Port: 8080,
//		To: netip.MustParseAddrPort("172.17.0.2:80"), Owner: id})
//	err = nat.Remove("mini0")
//
// Each bridge has a table of its own in nf_tables, named for it, so that a network
// is made and removed in one transaction, and two engines on one machine have
// nothing in common. `nft list ruleset` shows it:
//
//	table ip mini-docker-mini0 {
//		map published    { inet_proto . inet_service : ipv4_addr . inet_service }
//		map published-at { ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service }
//		chain prerouting  …  what comes from outside: rewrite its destination
//		chain output      …  what the host itself sends: likewise
//		chain postrouting …  what leaves: rewrite its source
//		chain forward     …  what may pass
//		chain guard       …  what must not come near the host's loopback
//	}
//
// Only IPv4 is translated. The package keeps nothing: what is published stands in
// the kernel, and who published it in the comment of the map's element. See
// nft(8), and the kernel's Documentation/networking/nf_conntrack-sysctl.rst.
package nat

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"drydock/mini-docker/network"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"
)

// Network is a bridge with its subnet.
type Network struct {
	Bridge   string
	Subnet   netip.Prefix
	Internal bool // there is no way out of it
}

// prefix begins the names of our tables. The rest is the bridge's.
const prefix = "mini-docker-"

func tableOf(bridge string) *nftables.Table {
	return &nftables.Table{Name: prefix + bridge, Family: nftables.TableFamilyIPv4}
}

// New makes the table of a network, in place of one that is there.
func New(n Network) error {
	return transaction("making the rules of bridge "+n.Bridge, func(batch *nftables.Conn) {
		table := tableOf(n.Bridge)
		batch.AddTable(table)
		batch.DelTable(table) // without the line before, one that is not there would be an error
		batch.AddTable(table)
		addMaps(batch, table)
		n.addDestinations(batch, table)
		n.addSources(batch, table)
		n.addFilters(batch, table)
	})
}

// Remove removes the table of a bridge with all that is published on it. That
// there is none is no error, nor that this kernel has no tables at all.
func Remove(bridge string) error {
	err := transaction("removing the rules of bridge "+bridge, func(batch *nftables.Conn) {
		batch.AddTable(tableOf(bridge))
		batch.DelTable(tableOf(bridge))
	})
	if errors.Is(err, unix.EPROTONOSUPPORT) {
		return nil
	}
	return err
}

// Exists says whether the bridge has its table.
func Exists(bridge string) (bool, error) {
	connection, err := nftables.New()
	if err != nil {
		return false, unsupported("asking for tables", err)
	}
	table, err := connection.ListTableOfFamily(tableOf(bridge).Name, nftables.TableFamilyIPv4)
	if errors.Is(err, unix.ENOENT) {
		return false, nil
	}
	return table != nil, unsupported("asking for the table of bridge "+bridge, err)
}

// Barriers names the chains of others that drop what is forwarded unless a rule
// of theirs allows it, as Docker's does: what one table drops no other can save.
func Barriers() ([]string, error) {
	connection, err := nftables.New()
	if err != nil {
		return nil, unsupported("asking for chains", err)
	}
	chains, err := connection.ListChains()
	if err != nil {
		return nil, unsupported("asking for chains", err)
	}
	var names []string
	for _, chain := range chains {
		isOurs := strings.HasPrefix(chain.Table.Name, prefix)
		isForward := chain.Hooknum != nil && *chain.Hooknum == *nftables.ChainHookForward
		seesIPv4 := chain.Table.Family == nftables.TableFamilyIPv4 || chain.Table.Family == nftables.TableFamilyINet
		if !isOurs && isForward && seesIPv4 && chain.Policy != nil && *chain.Policy == nftables.ChainPolicyDrop {
			names = append(names, fmt.Sprintf("%s in table %s", chain.Name, chain.Table.Name))
		}
	}
	return names, nil
}

// transaction sends what fill asks for as one message, which the kernel does
// whole or not at all.
func transaction(what string, fill func(batch *nftables.Conn)) error {
	batch, err := nftables.New()
	if err != nil {
		return unsupported(what, err)
	}
	fill(batch)
	return unsupported(what, batch.Flush())
}

// unsupported explains the errors that are about this machine or this user.
func unsupported(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return fmt.Errorf("%s: %w: %w: that takes root, or `drydock shell`, where you are root", what, network.ErrUnsupported, err)
	case errors.Is(err, unix.EPROTONOSUPPORT), errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EINVAL):
		return fmt.Errorf("%s: %w: %w: this kernel has no nf_tables with nat: load it with `modprobe nft_chain_nat nft_masq nft_fib_ipv4`",
			what, network.ErrUnsupported, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}
