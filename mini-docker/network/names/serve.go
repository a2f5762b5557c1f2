package names

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// Server answers the questions of a network's containers.
type Server struct {
	// Zone is what a client may know. Who is refused it is refused an answer.
	Zone func(client netip.Addr) (*Zone, error)
}

// What one server does at once, and for how long one client holds it up.
const (
	maxForwards    = 128 // questions that others are to answer
	maxConnections = 32
	idle           = 10 * time.Second // of a connection without a question
)

// Serve answers what comes in as packets and over connections, until ctx ends or
// one of the two cannot be read any more. It closes both.
func (s *Server) Serve(ctx context.Context, packets net.PacketConn, connections net.Listener) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var working sync.WaitGroup
	working.Go(func() { cancel(s.servePackets(ctx, packets)) })
	working.Go(func() { cancel(s.serveConnections(ctx, connections)) })
	<-ctx.Done()
	packets.Close()
	connections.Close()
	working.Wait()
	return context.Cause(ctx)
}

// servePackets answers what comes by UDP. What the zone knows is answered at once;
// while others are asked, the next question is read. Of too many such, some are
// dropped, as UDP may: the client asks again.
func (s *Server) servePackets(ctx context.Context, packets net.PacketConn) error {
	var working sync.WaitGroup
	defer working.Wait()
	slots := make(chan struct{}, maxForwards)
	buffer := make([]byte, dns.DefaultMsgSize)
	for {
		n, from, err := packets.ReadFrom(buffer)
		if err != nil {
			return err
		}
		query, zone := s.receive(buffer[:n], from)
		if query == nil {
			continue
		}
		if reply := zone.Answer(query); reply != nil {
			send(packets, from, query, reply)
			continue
		}
		select {
		case slots <- struct{}{}:
		default:
			continue
		}
		raw := append([]byte(nil), buffer[:n]...)
		working.Go(func() {
			defer func() { <-slots }()
			packets.WriteTo(zone.forward(ctx, "udp", query, raw), from) // lost: asked again
		})
	}
}

// receive reads a question, and finds what its client may know. What is no
// question, or not from somebody who may ask, gets no answer.
func (s *Server) receive(raw []byte, from net.Addr) (*dns.Msg, *Zone) {
	query := new(dns.Msg)
	client, err := netip.ParseAddrPort(from.String())
	if err != nil || query.Unpack(raw) != nil || query.Response {
		return nil, nil
	}
	zone, err := s.Zone(client.Addr().Unmap())
	if err != nil {
		return nil, nil
	}
	return query, zone
}

// send sends a reply in one packet. What does not fit is left out, with a mark
// that has the client ask once more over a connection. See RFC 1035, 4.2.1, and
// RFC 6891, 6.2.3.
func send(packets net.PacketConn, to net.Addr, query, reply *dns.Msg) {
	size := dns.MinMsgSize
	if options := query.IsEdns0(); options != nil {
		size = max(size, int(options.UDPSize()))
		reply.SetEdns0(uint16(dns.DefaultMsgSize), false)
	}
	reply.Truncate(size)
	if raw, err := reply.Pack(); err == nil {
		packets.WriteTo(raw, to) // lost: the client asks again
	}
}

// serveConnections answers what comes by TCP.
func (s *Server) serveConnections(ctx context.Context, connections net.Listener) error {
	var working sync.WaitGroup
	defer working.Wait()
	slots := make(chan struct{}, maxConnections)
	for {
		connection, err := connections.Accept()
		if err != nil {
			return err
		}
		select {
		case slots <- struct{}{}:
		default:
			connection.Close()
			continue
		}
		working.Go(func() {
			defer func() { <-slots }()
			stop := context.AfterFunc(ctx, func() { connection.Close() })
			defer stop()
			defer connection.Close()
			s.serveConnection(ctx, connection)
		})
	}
}

// serveConnection answers the questions of one connection, one after the other.
func (s *Server) serveConnection(ctx context.Context, connection net.Conn) {
	for {
		connection.SetDeadline(time.Now().Add(idle))
		raw, err := readFramed(connection)
		if err != nil {
			return
		}
		query, zone := s.receive(raw, connection.RemoteAddr())
		if query == nil {
			return
		}
		answer := []byte(nil)
		if reply := zone.Answer(query); reply != nil {
			if answer, err = reply.Pack(); err != nil {
				return
			}
		} else {
			answer = zone.forward(ctx, "tcp", query, raw)
		}
		if writeFramed(connection, answer) != nil {
			return
		}
	}
}

// On a connection two bytes with its length stand before each message. See RFC
// 1035, 4.2.2.
func readFramed(r io.Reader) ([]byte, error) {
	var length [2]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint16(length[:]))
	_, err := io.ReadFull(r, message)
	return message, err
}

func writeFramed(w io.Writer, message []byte) error {
	if len(message) > dns.MaxMsgSize {
		return errors.New("the message is too long")
	}
	_, err := w.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...))
	return err
}
