package nat

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"
)

// Protocol is the number of a transport protocol. See protocols(5).
type Protocol byte

// The protocols that have ports and can be published.
const (
	TCP Protocol = unix.IPPROTO_TCP
	UDP Protocol = unix.IPPROTO_UDP
)

// String is the name that Docker and /etc/protocols give it.
func (p Protocol) String() string {
	switch p {
	case TCP:
		return "tcp"
	case UDP:
		return "udp"
	}
	return fmt.Sprintf("protocol %d", byte(p))
}

// Port is a published port.
type Port struct {
	Address  netip.Addr // of the host; 0.0.0.0 or none is all of them
	Protocol Protocol
	Port     uint16         // of the host
	To       netip.AddrPort // of the container
	Owner    string         // whose it is: the id of the container
}

// ErrPublished says that somebody has published that port already.
var ErrPublished = errors.New("port is already allocated")

// Publish has what comes for the ports go to the containers, all or none of them.
func Publish(bridge string, ports ...Port) error {
	return changeElements("publishing ports on bridge "+bridge, bridge, ports, (*nftables.Conn).SetAddElements)
}

// Unpublish undoes Publish. Connections that stand stay.
func Unpublish(bridge string, ports ...Port) error {
	return changeElements("taking back ports on bridge "+bridge, bridge, ports, (*nftables.Conn).SetDeleteElements)
}

func changeElements(what, bridge string, ports []Port, change func(*nftables.Conn, *nftables.Set, []nftables.SetElement) error) error {
	if len(ports) == 0 {
		return nil
	}
	var refused error
	err := transaction(what, func(batch *nftables.Conn) {
		for _, each := range ports {
			name, element := each.element()
			refused = errors.Join(refused, change(batch, mapOf(tableOf(bridge), name), []nftables.SetElement{element}))
		}
	})
	if errors.Is(err, unix.EEXIST) {
		err = fmt.Errorf("%s: %w", what, ErrPublished)
	}
	return errors.Join(refused, err)
}

// element is the port as an entry of one of the maps. Numbers are in network byte
// order; each part of key and value is filled up to four bytes.
func (p Port) element() (name string, e nftables.SetElement) {
	name = published
	if p.Address.IsValid() && !p.Address.IsUnspecified() {
		name = publishedAt
		e.Key = append(e.Key, p.Address.AsSlice()...)
	}
	e.Key = append(e.Key, byte(p.Protocol), 0, 0, 0)
	e.Key = append(binary.BigEndian.AppendUint16(e.Key, p.Port), 0, 0)
	e.Val = append(e.Val, p.To.Addr().AsSlice()...)
	e.Val = append(binary.BigEndian.AppendUint16(e.Val, p.To.Port()), 0, 0)
	e.Comment = p.Owner
	return name, e
}

// Published returns the ports that are published on the bridge.
func Published(bridge string) ([]Port, error) {
	connection, err := nftables.New()
	if err != nil {
		return nil, unsupported("asking for published ports", err)
	}
	var ports []Port
	for _, name := range []string{published, publishedAt} {
		elements, err := connection.GetSetElements(mapOf(tableOf(bridge), name))
		if err != nil {
			return nil, unsupported("asking for the ports published on bridge "+bridge, err)
		}
		for _, each := range elements {
			ports = append(ports, portOf(each))
		}
	}
	return ports, nil
}

// AllPublished returns the ports that are published on whatever bridge, by
// whatever engine of this machine.
func AllPublished() ([]Port, error) {
	connection, err := nftables.New()
	if err != nil {
		return nil, unsupported("asking for tables", err)
	}
	tables, err := connection.ListTablesOfFamily(nftables.TableFamilyIPv4)
	if err != nil {
		return nil, unsupported("asking for tables", err)
	}
	var all []Port
	for _, table := range tables {
		bridge, isOurs := strings.CutPrefix(table.Name, prefix)
		if !isOurs {
			continue
		}
		ports, err := Published(bridge)
		if errors.Is(err, unix.ENOENT) {
			continue // removed just now
		}
		if err != nil {
			return nil, err
		}
		all = append(all, ports...)
	}
	return all, nil
}

// portOf reads an entry of a map.
func portOf(e nftables.SetElement) Port {
	p := Port{Owner: e.Comment}
	key := e.Key
	if len(key) == 12 {
		p.Address, _ = netip.AddrFromSlice(key[:4])
		key = key[4:]
	}
	p.Protocol, p.Port = Protocol(key[0]), binary.BigEndian.Uint16(key[4:])
	to, _ := netip.AddrFromSlice(e.Val[:4])
	p.To = netip.AddrPortFrom(to, binary.BigEndian.Uint16(e.Val[4:]))
	return p
}
