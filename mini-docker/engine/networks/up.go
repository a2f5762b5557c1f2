package networks

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"drydock/mini-docker/engine/refusal"
	"drydock/mini-docker/network"
	"drydock/mini-docker/network/nat"
	"drydock/mini-docker/network/pool"
)

// mtu is how many bytes a packet has, as Docker's. An option says otherwise.
const (
	mtu       = 1500
	optionMTU = "com.docker.network.driver.mtu"
)

// Prepare brings a network up before anything depends on it: it finds out whether
// networks can be had here. The error is network.ErrUnsupported if not, and ErrNoNames
// if that is all that is missing.
func (s *Store) Prepare(n *Network) error {
	unlock, err := lock(s.leases(n.ID))
	if err != nil {
		return err
	}
	defer unlock()
	if _, err = s.bringUp(n); err != nil {
		return err
	}
	return s.answerNames(n)
}

// Warnings says what of the machine keeps a network from working that is up: what
// the packet filter of somebody else drops no rule of ours lets through.
func (s *Store) Warnings(n *Network) ([]string, error) {
	barriers, err := nat.Barriers()
	if err != nil || len(barriers) == 0 || n.Internal {
		return nil, err
	}
	return []string{fmt.Sprintf("network %s: other machines cannot be reached, nor can they reach published ports: "+
		"chain %s drops what is forwarded (see `nft list ruleset`); allow there what passes interface %s",
		n.Name, strings.Join(barriers, ", chain "), n.Bridge)}, nil
}

// bringUp makes the network's bridge and rules unless they are there. The network
// must be locked.
func (s *Store) bringUp(n *Network) (*network.Bridge, error) {
	if err := s.reload(n); err != nil {
		return nil, err
	}
	bridge, err := s.openBridge(n)
	if errors.Is(err, network.ErrNoBridge) {
		bridge, err = s.makeBridge(n)
	}
	if err != nil {
		return nil, err
	}
	// Whoever made the bridge may have been killed before it had made the rules.
	if exists, err := nat.Exists(n.Bridge); err != nil || exists {
		return bridge, err
	}
	if err := network.Forward(); err != nil {
		return nil, err
	}
	return bridge, s.makeRules(n)
}

// reload reads the network again: since it was found, and before it was locked,
// somebody may have removed it, or brought the default network up.
func (s *Store) reload(n *Network) error {
	err := read(s.file(n.ID), n)
	if !errors.Is(err, os.ErrNotExist) || n.IsPredefined() {
		return ignoreAbsence(err)
	}
	os.Remove(s.leases(n.ID)) // the folder that was made to lock it
	return refusal.As(ErrNotExist, "network %s not found", n.Name)
}

func ignoreAbsence(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// openBridge returns the bridge that is there.
func (s *Store) openBridge(n *Network) (*network.Bridge, error) {
	if n.Bridge == "" {
		return nil, network.ErrNoBridge
	}
	bridge, err := network.OpenBridge(n.Bridge, s.alias(n))
	if err != nil && n.Name == Default {
		return nil, network.ErrNoBridge // another engine has taken the name meanwhile
	}
	return bridge, err
}

// alias says in the list of interfaces whose bridge it is.
func (s *Store) alias(n *Network) string {
	return fmt.Sprintf("mini-docker network %s of %s", n.Name, s.o.Root)
}

// makeBridge makes the bridge. The subnet must not have come into use elsewhere:
// the default network takes another one then.
func (s *Store) makeBridge(n *Network) (*network.Bridge, error) {
	if n.Name == Default {
		return s.makeDefault(n)
	}
	used, err := s.usedBeside(n)
	if err != nil {
		return nil, err
	}
	if other, overlaps := pool.Overlap(n.Subnet, used); overlaps {
		return nil, invalidf("subnet %s of network %s overlaps with %s, which this machine uses by now: see `ip route`", n.Subnet, n.Name, other)
	}
	return s.addBridge(n)
}

func (s *Store) addBridge(n *Network) (*network.Bridge, error) {
	bytes := mtu
	if text := n.Options[optionMTU]; text != "" {
		var err error
		if bytes, err = strconv.Atoi(text); err != nil {
			return nil, invalidf("option %s: %q is not a number", optionMTU, text)
		}
	}
	return network.NewBridge(network.BridgeSpec{
		Name: n.Bridge, Alias: s.alias(n), MTU: bytes,
		Address: netip.PrefixFrom(n.Gateway, n.Subnet.Bits()),
	})
}

// makeDefault makes the bridge of the default network, under the first name that
// is free: mini0, unless another engine has that.
func (s *Store) makeDefault(n *Network) (*network.Bridge, error) {
	unlock, err := lock(s.dir())
	if err != nil {
		return nil, err
	}
	defer unlock()
	n.Created, n.Gateway, n.Subnet, n.Bridge = time.Now().UTC(), netip.Addr{}, netip.Prefix{}, ""
	if err := s.settleSubnet(n); err != nil {
		return nil, err
	}
	for number := range 100 {
		n.Bridge = fmt.Sprintf("mini%d", number)
		bridge, err := s.addBridge(n)
		if errors.Is(err, network.ErrExists) {
			continue
		}
		if err == nil {
			err = write(s.file(n.ID), n)
		}
		return bridge, err
	}
	return nil, invalidf("no name for the default bridge: mini0 to mini99 are all taken")
}

// makeRules makes the table, with what is published in it.
func (s *Store) makeRules(n *Network) error {
	if err := nat.New(nat.Network{Bridge: n.Bridge, Subnet: n.Subnet, Internal: n.Internal}); err != nil {
		return err
	}
	leases, err := s.holding(n)
	if err != nil {
		return err
	}
	for _, lease := range leases {
		if err := nat.Publish(n.Bridge, lease.ports()...); err != nil {
			return err
		}
	}
	return nil
}
