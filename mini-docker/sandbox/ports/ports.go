// Package ports lets the ports that are published inside a sandbox answer on the
// host's loopback.
//
//	err := ports.Forward(ctx, box, func(refused error) { fmt.Println(refused) })
//
// Nothing of the host's network is handed inside: a socket of the host's could be
// disconnected there and connected anew, see connect(2), AF_UNSPEC. For each
// connection there is a pair of sockets that belongs to neither network:
//
//	host                    outside                          inside
//	                          │ ◀── Sandbox.Published, a line ─ │  nf_tables changed
//	                          │  listens on 127.0.0.1:8080       ┆
//	 client ── connects ────▶ │ ── Sandbox.Dial ──────────────▶ │  dials 127.0.0.1:8080
//	        ◀──────────── package relay copies ───────────────▶ │  in its own namespace
//
// What comes from inside is a stranger's: it can have some ports listened on that
// take no privilege to have, on the loopback address alone, and no more than that.
// It is not for UDP.
package ports

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"drydock/mini-docker/sandbox"
	"drydock/mini-docker/sandbox/relay"

	"golang.org/x/sys/unix"
)

// Bounds of what one sandbox can have of the host.
const (
	mostPorts       = 32
	mostConnections = 256
	mostRefusals    = 32
	lowest          = 1024 // what takes no privilege: see ip(7), ip_unprivileged_port_start
)

// ErrRefused says that a port that is published inside does not answer outside. The
// text around it says which, and why.
var ErrRefused = errors.New("is not reached from this machine")

// Forward has the ports that are published in the box answer on 127.0.0.1, until ctx
// or the sandbox ends: the error says which. It tells once of each port that it
// refuses.
func Forward(ctx context.Context, box *sandbox.Sandbox, told func(refused error)) error {
	ctx, cancel := context.WithCancel(ctx)
	f := &forward{box: box, told: told, open: map[sandbox.Port]net.Listener{}, slots: make(chan struct{}, mostConnections)}
	err := box.Published(ctx, func(now []sandbox.Port) {
		f.change(ctx, now)
		select { // who changes his mind all the time has this process do no more than this
		case <-time.After(pause):
		case <-ctx.Done():
		}
	})
	cancel()
	f.change(ctx, nil)
	f.serving.Wait()
	return err
}

// forward is what is listened on.
type forward struct {
	box     *sandbox.Sandbox
	told    func(error)
	refused int                           // how many have been told of
	open    map[sandbox.Port]net.Listener // nil for one that is refused
	slots   chan struct{}
	serving sync.WaitGroup
}

// change has exactly the ports listened on that are published now.
func (f *forward) change(ctx context.Context, now []sandbox.Port) {
	wanted := map[sandbox.Port]bool{}
	for _, port := range now {
		wanted[port] = true
	}
	for port, listener := range f.open {
		if wanted[port] {
			continue
		}
		delete(f.open, port)
		if listener != nil {
			listener.Close()
		}
	}
	for _, port := range now {
		if _, known := f.open[port]; known {
			continue
		}
		if len(f.open) >= mostPorts {
			f.tell(fmt.Errorf("port %d of the sandbox %w: %d of its ports are at most", port.Number, ErrRefused, mostPorts))
			return
		}
		listener, err := listen(port)
		if err != nil {
			f.open[port] = nil
			f.tell(err)
			continue
		}
		f.open[port] = listener
		f.serving.Go(func() { f.accept(ctx, listener, inside(port)) })
	}
}

// tell tells of a refusal, but not for ever: it may be all that is wanted inside.
func (f *forward) tell(refused error) {
	if f.refused++; f.refused <= mostRefusals {
		f.told(refused)
	}
}

// listen listens for a port that a stranger may have.
func listen(port sandbox.Port) (net.Listener, error) {
	if port.Protocol != "tcp" {
		return nil, fmt.Errorf("a port of the sandbox, %d/%.10q, %w: it has to be tcp", port.Number, port.Protocol, ErrRefused)
	}
	if port.Number < lowest {
		return nil, fmt.Errorf("port %d of the sandbox %w: publish one above %d", port.Number, ErrRefused, lowest-1)
	}
	address := netip.AddrPortFrom(loopback, port.Number)
	listener, err := net.ListenTCP("tcp4", net.TCPAddrFromAddrPort(address))
	if errors.Is(err, unix.EADDRINUSE) {
		return nil, fmt.Errorf("port %d of the sandbox %w: another program has %s here, publish another one", port.Number, ErrRefused, address)
	}
	if err != nil {
		return nil, fmt.Errorf("port %d of the sandbox %w: %w", port.Number, ErrRefused, err)
	}
	return listener, nil
}

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// inside is where a port answers in the sandbox.
func inside(port sandbox.Port) netip.AddrPort {
	if !port.Address.IsValid() || port.Address.IsUnspecified() {
		return netip.AddrPortFrom(loopback, port.Number)
	}
	return netip.AddrPortFrom(port.Address, port.Number)
}

// pause is between two changes, and how long a listener without descriptors rests:
// see accept(2), EMFILE.
const pause = 10 * time.Millisecond

// accept connects who comes, until the listener is closed. Who comes when there are
// too many is sent away.
func (f *forward) accept(ctx context.Context, listener net.Listener, to netip.AddrPort) {
	for {
		client, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(pause)
			continue
		}
		select {
		case f.slots <- struct{}{}:
			f.serving.Go(func() {
				defer func() { <-f.slots }()
				f.connect(ctx, client.(*net.TCPConn), to)
			})
		default:
			client.Close()
		}
	}
}

// dialing is how long a container may take to accept.
const dialing = 30 * time.Second

// connect passes on what a client and a server inside say to each other, as long as
// ctx lets them.
func (f *forward) connect(ctx context.Context, client *net.TCPConn, to netip.AddrPort) {
	patient, cancel := context.WithTimeout(ctx, dialing)
	server, err := f.box.Dial(patient, to.String())
	cancel()
	if err != nil {
		client.Close() // refused inside: the client sees its connection end
		return
	}
	stop := context.AfterFunc(ctx, func() {
		client.Close()
		server.Close()
	})
	defer stop()
	relay.Join(client, server)
}
