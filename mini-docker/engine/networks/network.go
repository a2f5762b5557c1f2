package networks

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"drydock/mini-docker/engine/refusal"
)

// The networks that are always there.
const (
	Default = "bridge" // what a container is connected to that asks for nothing else
	Host    = "host"   // the machine's own
	None    = "none"   // nothing but a loopback interface

	// Reserved is no network: whoever asks for it is given the one that goes without
	// saying.
	Reserved = "default"
)

// The drivers, which are the kinds of networks.
const (
	DriverBridge = "bridge"
	DriverHost   = "host"
	DriverNull   = "null"
)

// Network is what is remembered of a network.
type Network struct {
	ID       string
	Name     string
	Driver   string
	Created  time.Time
	Subnet   netip.Prefix
	Gateway  netip.Addr
	IPRange  netip.Prefix // where addresses are given from; all of the subnet if not valid
	IsChosen bool         // the subnet was asked for, not taken from the pool
	Internal bool
	Labels   map[string]string
	Options  map[string]string

	Bridge string // name of the interface; of the default network once it is up
}

// IsPredefined says whether the network is always there.
func (n *Network) IsPredefined() bool { return n.Name == Default || n.Driver != DriverBridge }

// Spec says what network is wanted. What is left out is chosen.
type Spec struct {
	Name     string
	Subnet   netip.Prefix
	Gateway  netip.Addr
	IPRange  netip.Prefix
	Internal bool
	Labels   map[string]string
	Options  map[string]string
}

var validName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]*$`) })

// Create makes a network. Its bridge is made when the first container comes.
func (s *Store) Create(spec Spec) (*Network, error) {
	if !validName().MatchString(spec.Name) || len(spec.Name) > 200 {
		return nil, invalidf("invalid network name (%s), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", spec.Name)
	}
	if spec.Name == Reserved {
		return nil, invalidf("operation is not permitted on predefined %s network", spec.Name)
	}
	unlock, err := lock(s.dir())
	if err != nil {
		return nil, err
	}
	defer unlock()
	switch _, err := s.byName(spec.Name); {
	case err == nil:
		return nil, invalidf("network with name %s already exists", spec.Name)
	case !errors.Is(err, ErrNotExist):
		return nil, err
	}
	id := newID()
	n := &Network{
		ID: id, Name: spec.Name, Driver: DriverBridge, Created: time.Now().UTC(),
		Subnet: spec.Subnet, Gateway: spec.Gateway, IPRange: spec.IPRange, IsChosen: spec.Subnet.IsValid(),
		Internal: spec.Internal, Labels: spec.Labels, Options: spec.Options,
		Bridge: "br-" + id[:12],
	}
	if err := s.settleSubnet(n); err != nil {
		return nil, err
	}
	return n, write(s.file(n.ID), n)
}

// newID returns an id by chance: 64 hexadecimal digits, as containers have.
func newID() string {
	var bytes [32]byte
	rand.Read(bytes[:]) // never fails, see crypto/rand
	return hex.EncodeToString(bytes[:])
}

// List returns all networks by name, those that are always there among them.
func (s *Store) List() ([]*Network, error) {
	paths, err := filepath.Glob(filepath.Join(s.dir(), "*.json"))
	if err != nil {
		return nil, err
	}
	list := s.predefined()
	for _, path := range paths {
		n := new(Network)
		err := read(path, n)
		if errors.Is(err, os.ErrNotExist) {
			continue // removed just now
		}
		if err != nil {
			return nil, err
		}
		// The default network is written down once it has a subnet.
		list = slices.DeleteFunc(list, func(other *Network) bool { return other.ID == n.ID })
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b *Network) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}

// predefined are the networks that are always there. They have the same id for
// ever, so that nobody needs to write it down.
func (s *Store) predefined() []*Network {
	var list []*Network
	for name, driver := range map[string]string{Default: DriverBridge, Host: DriverHost, None: DriverNull} {
		list = append(list, &Network{ID: short(64, s.o.Root, name), Name: name, Driver: driver})
	}
	return list
}

// Find returns the network that is meant: by its name, its id or the beginning of
// its id, in this order.
func (s *Store) Find(ref string) (*Network, error) {
	n, err := s.byName(ref)
	if err == nil || !errors.Is(err, ErrNotExist) {
		return n, err
	}
	list, err := s.List()
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(n *Network) bool { return ref == "" || !strings.HasPrefix(n.ID, ref) })
	switch len(list) {
	case 0:
		return nil, refusal.As(ErrNotExist, "network %s not found", ref)
	case 1:
		return list[0], nil
	}
	return nil, invalidf("network %s is ambiguous (%d matches found on ID prefix)", ref, len(list))
}

func (s *Store) byName(name string) (*Network, error) {
	list, err := s.List()
	if err != nil {
		return nil, err
	}
	for _, n := range list {
		if n.Name == name {
			return n, nil
		}
	}
	return nil, refusal.As(ErrNotExist, "network %s not found", name)
}

// Remove removes a network that no container is connected to.
func (s *Store) Remove(n *Network) error {
	if n.IsPredefined() {
		return invalidf("%s is a pre-defined network and cannot be removed", n.Name)
	}
	unlock, err := lock(s.leases(n.ID))
	if err != nil {
		return err
	}
	defer unlock()
	leases, err := s.holding(n)
	if err != nil {
		return err
	}
	if len(leases) > 0 {
		return refusal.As(ErrInUse, "error while removing network: network %s has active endpoints (name:%q id:%q)",
			n.Name, leases[0].Name, leases[0].Container[:12])
	}
	if err := s.takeDown(n); err != nil {
		return err
	}
	if err := os.Remove(s.file(n.ID)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.RemoveAll(s.leases(n.ID))
}

// IsIdle says whether no container is connected to the network.
func (s *Store) IsIdle(n *Network) (bool, error) {
	leases, err := s.holding(n)
	return len(leases) == 0, err
}
