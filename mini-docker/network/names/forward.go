package names

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// patience is how long one resolver may take. A client waits five seconds for all
// of it: see resolv.conf(5), timeout.
const patience = 2 * time.Second

// forward passes a question on, as it came in, and returns what is to be sent back.
// With nobody to ask, there is no such name; if nobody answers, that is not known.
func (z *Zone) forward(ctx context.Context, transport string, query *dns.Msg, raw []byte) []byte {
	rcode := dns.RcodeNameError
	for _, resolver := range z.Resolvers {
		answer, err := exchange(ctx, transport, resolver, raw)
		if err == nil {
			return answer
		}
		rcode = dns.RcodeServerFailure
	}
	answer, err := new(dns.Msg).SetRcode(query, rcode).Pack()
	if err != nil {
		return nil
	}
	return answer
}

// exchange asks one resolver. The socket is connected, so that the kernel keeps
// away what others send, and tells when nobody listens there. Its port is the
// kernel's choice, a new one for each question, which whoever wants to forge an
// answer would have to guess. See RFC 5452, 9.
func exchange(ctx context.Context, transport string, resolver netip.AddrPort, raw []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	connection, err := new(net.Dialer).DialContext(ctx, transport, resolver.String())
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	stop := context.AfterFunc(ctx, func() { connection.SetDeadline(time.Now()) })
	defer stop()
	if transport == "tcp" {
		if err := writeFramed(connection, raw); err != nil {
			return nil, err
		}
		answer, err := readFramed(connection)
		return answer, errors.Join(err, checkID(raw, answer))
	}
	if _, err := connection.Write(raw); err != nil {
		return nil, err
	}
	buffer := make([]byte, dns.MaxMsgSize)
	for {
		n, err := connection.Read(buffer)
		if err != nil {
			return nil, err
		}
		if checkID(raw, buffer[:n]) == nil {
			return buffer[:n], nil
		}
	}
}

// checkID says whether a message is the answer to that question. See RFC 1035,
// 4.1.1: ID, then the bit QR.
func checkID(query, answer []byte) error {
	const header, response = 12, 1 << 7
	if len(answer) < header || binary.BigEndian.Uint16(answer) != binary.BigEndian.Uint16(query) || answer[2]&response == 0 {
		return errors.New("not the answer to the question")
	}
	return nil
}
