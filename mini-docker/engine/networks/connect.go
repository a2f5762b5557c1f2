package networks

import (
	"errors"
	"fmt"
	"net/netip"
	"os"

	"drydock/mini-docker/network"
	"drydock/mini-docker/network/nat"
)

// Request says who is to be connected to what.
type Request struct {
	Network   *Network
	Container string // id
	Name      string // of the container
	Names     []string
	Namespace string     // file that stands for its network namespace
	Address   netip.Addr // wanted; any if not valid
	Ports     []PortRequest
	Resolvers []netip.AddrPort // to be asked for names that are none of the network's
}

// Connect gives a container an interface on the network, an address and its
// published ports. If any of that fails nothing of it is left.
func (s *Store) Connect(r Request) (*Lease, error) {
	n := r.Network
	unlock, err := lock(s.leases(n.ID))
	if err != nil {
		return nil, err
	}
	defer unlock()
	bridge, err := s.bringUp(n)
	if err != nil {
		return nil, err
	}
	lease, err := s.lease(r)
	if err != nil {
		return nil, err
	}
	if err := s.connect(bridge, lease, r); err != nil {
		return nil, errors.Join(err, s.giveBack(n, lease))
	}
	return lease, nil
}

// lease takes an address for the container and writes that down.
func (s *Store) lease(r Request) (*Lease, error) {
	n := r.Network
	inside, err := s.nextInterface(n, r.Container)
	if err != nil {
		return nil, err
	}
	address, err := s.address(n, r.Address)
	if err != nil {
		return nil, err
	}
	lease := &Lease{
		Network: n.ID, Container: r.Container, Name: r.Name, Names: r.Names,
		EndpointID: newID(), Address: address, Gateway: n.Gateway,
		MAC: network.MAC(address.Addr()).String(), Inside: inside,
		Interface: "veth" + short(8, n.ID, r.Container), Resolvers: r.Resolvers,
	}
	if n.Name != Default && s.answerNames(n) == nil { // else Prepare has said why not
		lease.NameServer = n.Gateway
	}
	return lease, write(s.leaseFile(n.ID, r.Container), lease)
}

// nextInterface is the name of the container's next interface: eth0 first.
func (s *Store) nextInterface(n *Network, container string) (string, error) {
	others, err := s.Of(container)
	if err != nil {
		return "", err
	}
	number := 0
	for _, other := range others {
		if other.Network == n.ID {
			return "", invalidf("endpoint with name %s already exists in network %s", other.Name, n.Name)
		}
		var used int
		if _, err := fmt.Sscanf(other.Inside, "eth%d", &used); err == nil {
			number = max(number, used+1)
		}
	}
	return fmt.Sprintf("eth%d", number), nil
}

// connect does for a lease what is to be done in the kernel.
func (s *Store) connect(bridge *network.Bridge, lease *Lease, r Request) error {
	inside, err := network.OpenNamespace(r.Namespace)
	if err != nil {
		return err
	}
	defer inside.Close()
	veth, err := network.NewVeth(network.VethSpec{
		Name: lease.Interface, Alias: "mini-docker container " + lease.Container,
		Peer: lease.Inside, Namespace: inside, MAC: network.MAC(lease.Address.Addr()), MTU: bridge.MTU(),
	})
	if err != nil {
		return err
	}
	if err := bridge.Attach(veth); err != nil {
		return err
	}
	way := network.Address{IP: lease.Address, Gateway: lease.Gateway}
	if r.Network.Internal {
		way.Gateway = netip.Addr{}
	}
	if err := inside.Configure(lease.Inside, way); err != nil {
		return err
	}
	return s.publish(r.Network, lease, r.Ports)
}

// Rename gives a container that is connected to the network other names there: whoever
// asks next is told them.
func (s *Store) Rename(n *Network, container, name string, names []string) error {
	unlock, err := lock(s.leases(n.ID))
	if err != nil {
		return err
	}
	defer unlock()
	lease, file := new(Lease), s.leaseFile(n.ID, container)
	if err := read(file, lease); err != nil {
		return ignoreAbsence(err) // it has ended
	}
	lease.Name, lease.Names = name, names
	return write(file, lease)
}

// Disconnect takes back all that a container has of the networks.
func (s *Store) Disconnect(container string) error {
	leases, err := s.Of(container)
	for _, lease := range leases {
		err = errors.Join(err, s.disconnect(lease))
	}
	return err
}

// DisconnectFrom disconnects a container that runs from one network.
func (s *Store) DisconnectFrom(n *Network, container string) error {
	lease := new(Lease)
	err := read(s.leaseFile(n.ID, container), lease)
	if errors.Is(err, os.ErrNotExist) {
		return invalidf("container %s is not connected to network %s", container[:12], n.Name)
	}
	if err != nil {
		return err
	}
	return s.disconnect(lease)
}

func (s *Store) disconnect(lease *Lease) error {
	return s.release(lease, func(string) bool { return false })
}

// release takes back a lease unless its container is in use: one that was dead a
// moment ago may have been started again, and has another lease of the same name.
func (s *Store) release(lease *Lease, inUse func(container string) bool) error {
	n := new(Network)
	if err := read(s.file(lease.Network), n); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return os.RemoveAll(s.leases(lease.Network)) // removed, with all that was in the kernel
		}
		return err
	}
	unlock, err := lock(s.leases(n.ID))
	if err != nil {
		return err
	}
	defer unlock()
	if inUse(lease.Container) {
		return nil
	}
	if err := s.giveBack(n, lease); err != nil {
		return err
	}
	return s.takeDownIdle(n)
}

// giveBack undoes a lease: first in the kernel, then on disk, so that a crash in
// between has it done once more. The network must be locked.
//
// An interface goes with the network namespace that its other end is in, but that
// may outlast its processes by a minute, for connections that were just closed.
func (s *Store) giveBack(n *Network, lease *Lease) error {
	if err := errors.Join(s.unpublish(n, lease), network.RemoveVeth(lease.Interface)); err != nil {
		return err
	}
	return os.RemoveAll(s.leaseFile(n.ID, lease.Container))
}

// unpublish takes back what stands in the kernel under the container's id, be it
// in the lease or not.
func (s *Store) unpublish(n *Network, lease *Lease) error {
	if len(lease.Published) == 0 {
		return nil
	}
	exists, err := nat.Exists(n.Bridge)
	if err != nil || !exists {
		return err
	}
	published, err := nat.Published(n.Bridge)
	if err != nil {
		return err
	}
	var own []nat.Port
	for _, port := range published {
		if port.Owner == lease.Container {
			own = append(own, port)
		}
	}
	return nat.Unpublish(n.Bridge, own...)
}
