package inet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// The types of messages, see RFC 792.
const (
	echoReply   = 0
	echoRequest = 8
)

// ping asks a host for an echo, again and again. See ping(8).
func ping(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "4 q c: i: W: w:")
	if !ok {
		return status
	}
	if len(args) != 1 {
		return e.Misuse("want a host")
	}
	p := pinging{e: e, host: args[0], quiet: f.Has("q"), least: time.Hour}
	if p.count, ok = e.Int(f, "c", 0); !ok {
		return applet.Failed
	}
	var limit time.Duration
	for name, value := range map[string]*time.Duration{"i": &p.interval, "W": &p.patience, "w": &limit} {
		fallback := map[string]time.Duration{"i": time.Second, "W": 10 * time.Second}[name]
		if *value, ok = seconds(e, f, name, fallback); !ok {
			return applet.Failed
		}
	}
	if limit > 0 {
		p.deadline = time.Now().Add(limit)
	}
	var err error
	if p.address, err = resolve(p.host); err != nil || !p.address.Is4() {
		return e.Complain("bad address '" + p.host + "'")
	}
	if err := p.open(); err != nil {
		return e.Complain("socket: " + applet.Reason(err) + ": that takes CAP_NET_RAW, or net.ipv4.ping_group_range")
	}
	defer p.socket.Close()
	return p.run()
}

// pinging is one call of ping.
type pinging struct {
	e                  *applet.Env
	host               string
	address            netip.Addr
	quiet              bool
	count              int // without end if 0
	interval, patience time.Duration
	deadline           time.Time // of all; none if zero

	socket         net.PacketConn
	raw            bool
	sent, received int
	least, most    time.Duration
	sum            time.Duration
}

// open opens a socket for ICMP: a raw one, which takes CAP_NET_RAW, or the one that
// is for echoes alone, which whole groups of users may have. See raw(7), icmp(7).
func (p *pinging) open() error {
	p.raw = true
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMP)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		p.raw = false
		fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMP)
	}
	if err != nil {
		return err
	}
	file := os.NewFile(uintptr(fd), "icmp")
	defer file.Close()
	p.socket, err = net.FilePacketConn(file)
	return err
}

func (p *pinging) run() int {
	e := p.e
	fmt.Fprintf(e.Out, "PING %s (%s): 56 data bytes\n", p.host, p.address)
	e.Out.Flush()
	for p.count == 0 || p.sent < p.count {
		if p.sent > 0 {
			time.Sleep(p.interval)
		}
		if !p.deadline.IsZero() && time.Now().After(p.deadline) {
			break
		}
		if err := p.once(); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return e.Complain("sendto: " + reason(err))
		}
	}
	fmt.Fprintf(e.Out, "\n--- %s ping statistics ---\n%d packets transmitted, %d packets received, %d%% packet loss\n",
		p.host, p.sent, p.received, 100*(p.sent-p.received)/max(p.sent, 1))
	if p.received == 0 {
		return applet.Failed
	}
	fmt.Fprintf(e.Out, "round-trip min/avg/max = %s/%s/%s ms\n", ms(p.least), ms(p.sum/time.Duration(p.received)), ms(p.most))
	return applet.OK
}

// once sends one request and waits for its echo.
func (p *pinging) once() error {
	sequence, begun := p.sent, time.Now()
	p.sent++
	_, err := p.socket.WriteTo(request(uint16(sequence)), p.target())
	if err != nil {
		return err
	}
	until := begun.Add(p.patience)
	if !p.deadline.IsZero() && p.deadline.Before(until) {
		until = p.deadline
	}
	p.socket.SetReadDeadline(until)
	packet := make([]byte, 1500)
	for {
		n, from, err := p.socket.ReadFrom(packet)
		if err != nil {
			return err
		}
		if p.isEcho(packet[:n], uint16(sequence)) {
			p.note(n, from, sequence, time.Since(begun))
			return nil
		}
	}
}

func (p *pinging) target() net.Addr {
	if p.raw {
		return &net.IPAddr{IP: p.address.AsSlice()}
	}
	return &net.UDPAddr{IP: p.address.AsSlice()}
}

func (p *pinging) note(size int, from net.Addr, sequence int, took time.Duration) {
	p.received++
	p.sum += took
	p.least, p.most = min(p.least, took), max(p.most, took)
	if p.quiet {
		return
	}
	host, _, err := net.SplitHostPort(from.String())
	if err != nil {
		host = from.String()
	}
	fmt.Fprintf(p.e.Out, "%d bytes from %s: seq=%d time=%s ms\n", size, host, sequence, ms(took))
	p.e.Out.Flush()
}

// request is an echo request of 64 bytes: type, code, checksum, identifier,
// sequence, then what is to come back. See RFC 792.
func request(sequence uint16) []byte {
	packet := make([]byte, 64)
	packet[0] = echoRequest
	binary.BigEndian.PutUint16(packet[4:], identifier())
	binary.BigEndian.PutUint16(packet[6:], sequence)
	binary.BigEndian.PutUint16(packet[2:], checksum(packet))
	return packet
}

// identifier tells our echoes from another ping's. On a socket for echoes the
// kernel sets its own.
func identifier() uint16 { return uint16(os.Getpid()) }

// isEcho says whether a packet is the answer to our request: a raw socket gets a
// copy of every ICMP packet of the machine.
func (p *pinging) isEcho(packet []byte, sequence uint16) bool {
	return len(packet) >= 8 && packet[0] == echoReply && binary.BigEndian.Uint16(packet[6:]) == sequence &&
		(!p.raw || binary.BigEndian.Uint16(packet[4:]) == identifier())
}

// checksum is the complement of the sum of all 16-bit words. See RFC 1071.
func checksum(packet []byte) uint16 {
	var sum uint32
	for i := 0; i < len(packet); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(packet[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

func ms(d time.Duration) string {
	return fmt.Sprintf("%.3f", float64(d.Microseconds())/1000)
}
