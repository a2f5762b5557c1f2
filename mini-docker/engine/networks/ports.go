package networks

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"

	"drydock/mini-docker/network/nat"

	"golang.org/x/sys/unix"
)

// PortRequest asks for a port of the container to be published.
type PortRequest struct {
	HostIP      netip.Addr // all addresses if it is not valid
	First, Last uint16     // one of these ports of the host; any if both are 0
	Port        uint16     // of the container
	Protocol    nat.Protocol
}

// publish publishes the ports, all or none, and writes down which they are
// before that. While it looks for free ones nobody else does.
func (s *Store) publish(n *Network, lease *Lease, requests []PortRequest) error {
	if len(requests) == 0 {
		return nil
	}
	unlock, err := lock(filepath.Join(s.o.RunDir, "networks"))
	if err != nil {
		return err
	}
	defer unlock()
	taken, err := nat.AllPublished()
	if err != nil {
		return err
	}
	for _, request := range requests {
		port, err := choosePort(request, taken)
		if err != nil {
			return invalidf("driver failed programming external connectivity on endpoint %s (%s): %s", lease.Name, lease.EndpointID, err)
		}
		lease.Published = append(lease.Published, port)
		taken = append(taken, lease.ports()...)
	}
	if err := write(s.leaseFile(n.ID, lease.Container), lease); err != nil {
		return err
	}
	return nat.Publish(n.Bridge, lease.ports()...)
}

// anyAddress is all addresses of the host.
var anyAddress = netip.IPv4Unspecified()

// choosePort finds a port of the host that nobody has.
func choosePort(r PortRequest, taken []nat.Port) (Published, error) {
	chosen := Published{HostIP: anyAddress, Port: r.Port, Protocol: r.Protocol}
	if r.HostIP.IsValid() {
		chosen.HostIP = r.HostIP
	}
	attempts := 100 // so many ports by chance
	if r.First != 0 {
		attempts = int(max(r.First, r.Last)-r.First) + 1
	}
	for attempt := range attempts {
		chosen.HostPort = r.First + uint16(attempt)
		if r.First == 0 {
			chosen.HostPort = 0
		}
		var err error
		if isTaken(chosen, taken) {
			err = fmt.Errorf("Bind for %s:%d failed: %w", chosen.HostIP, chosen.HostPort, nat.ErrPublished)
		} else {
			err = chosen.probe()
		}
		isLast := r.First != 0 && attempt == attempts-1
		if err == nil && !isTaken(chosen, taken) {
			return chosen, nil
		}
		if isLast || err != nil && !errors.Is(err, unix.EADDRINUSE) && !errors.Is(err, nat.ErrPublished) {
			return chosen, err
		}
	}
	return chosen, fmt.Errorf("no free port was found in %d attempts", attempts)
}

// isTaken says whether a port is published, at the same address or at all.
func isTaken(p Published, taken []nat.Port) bool {
	for _, other := range taken {
		samePort := other.Port == p.HostPort && other.Protocol == p.Protocol
		anywhere := !other.Address.IsValid() || other.Address.IsUnspecified() || p.HostIP.IsUnspecified()
		if samePort && (anywhere || other.Address == p.HostIP) {
			return true
		}
	}
	return false
}

// probe finds out whether a program of the host has the port: it would be cut
// off. For port 0 the kernel chooses one that is free.
func (p *Published) probe() error {
	address := net.JoinHostPort(p.HostIP.String(), strconv.Itoa(int(p.HostPort)))
	var got net.Addr
	switch p.Protocol {
	case nat.UDP:
		socket, err := net.ListenPacket("udp4", address)
		if err != nil {
			return err
		}
		defer socket.Close()
		got = socket.LocalAddr()
	default:
		socket, err := net.Listen("tcp4", address)
		if err != nil {
			return err
		}
		defer socket.Close()
		got = socket.Addr()
	}
	parsed, err := netip.ParseAddrPort(got.String())
	p.HostPort = parsed.Port()
	return err
}
