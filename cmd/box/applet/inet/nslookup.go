package inet

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"drydock/cmd/box/applet"
)

// nslookup asks a name server, and never /etc/hosts. See nslookup(1).
func nslookup(e *applet.Env, args []string) int {
	kinds := []dnsmessage.Type{dnsmessage.TypeA, dnsmessage.TypeAAAA}
	var operands []string
	for _, arg := range args {
		option, isOption := strings.CutPrefix(arg, "-")
		if !isOption {
			operands = append(operands, arg)
			continue
		}
		_, value, _ := strings.Cut(option, "=")
		kind, known := recordTypes[strings.ToUpper(value)]
		if !known || !strings.HasPrefix(option, "type=") && !strings.HasPrefix(option, "q=") {
			return e.Misuse("unknown option '" + arg + "'")
		}
		kinds = []dnsmessage.Type{kind}
	}
	if len(operands) < 1 || len(operands) > 2 {
		return e.Misuse("want a name, and a server if it is not that of /etc/resolv.conf")
	}
	name := operands[0]
	if address, err := netip.ParseAddr(name); err == nil && address.Is4() {
		b := address.As4()
		name = fmt.Sprintf("%d.%d.%d.%d.in-addr.arpa", b[3], b[2], b[1], b[0])
		kinds = []dnsmessage.Type{dnsmessage.TypePTR}
	}
	server, err := serverToAsk(operands[1:])
	if err != nil {
		return e.Complain(err.Error())
	}
	fmt.Fprintf(e.Out, "Server:\t\t%s\nAddress:\t%s\n\n", server.Addr(), server)
	e.Out.Flush()
	status := applet.OK
	for _, kind := range kinds {
		if lookUp(e, server, name, kind) != applet.OK {
			status = applet.Failed
		}
	}
	return status
}

var recordTypes = map[string]dnsmessage.Type{
	"A": dnsmessage.TypeA, "AAAA": dnsmessage.TypeAAAA, "PTR": dnsmessage.TypePTR, "CNAME": dnsmessage.TypeCNAME,
	"TXT": dnsmessage.TypeTXT, "SRV": dnsmessage.TypeSRV, "NS": dnsmessage.TypeNS, "MX": dnsmessage.TypeMX,
}

// serverToAsk is the one that is named, or the first of /etc/resolv.conf, or without
// any this machine, as resolv.conf(5) has it.
func serverToAsk(named []string) (netip.AddrPort, error) {
	server := "127.0.0.1"
	if len(named) > 0 {
		server = named[0]
	} else if text, err := os.ReadFile("/etc/resolv.conf"); err == nil {
		for line := range strings.Lines(string(text)) {
			if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "nameserver" {
				server = fields[1]
				break
			}
		}
	}
	if both, err := netip.ParseAddrPort(server); err == nil {
		return both, nil
	}
	address, err := resolve(server)
	if err != nil {
		return netip.AddrPort{}, errors.New("bad address '" + server + "'")
	}
	return netip.AddrPortFrom(address, 53), nil
}

// lookUp asks one question and prints what comes back.
func lookUp(e *applet.Env, server netip.AddrPort, name string, kind dnsmessage.Type) int {
	question, err := dnsmessage.NewName(strings.TrimSuffix(name, ".") + ".")
	if err != nil {
		return e.Complain("bad name '" + name + "'")
	}
	reply, err := ask(server, dnsmessage.Message{
		Header:    dnsmessage.Header{ID: uint16(rand.Uint32()), RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: question, Type: kind, Class: dnsmessage.ClassINET}},
	})
	switch {
	case err != nil && reason(err) == "Connection timed out":
		return e.Complain("connection timed out; no servers could be reached")
	case err != nil:
		return e.Complain("can't ask " + server.String() + ": " + reason(err))
	case reply.RCode != dnsmessage.RCodeSuccess:
		fmt.Fprintf(e.Out, "** server can't find %s: %s\n\n", name, rcode(reply.RCode))
		return applet.Failed
	}
	for _, answer := range reply.Answers {
		e.Out.WriteString(record(strings.TrimSuffix(answer.Header.Name.String(), "."), answer.Body))
	}
	e.Out.WriteString("\n")
	return applet.OK
}

// ask sends the question, three times if need be, since either packet may be lost.
func ask(server netip.AddrPort, query dnsmessage.Message) (reply dnsmessage.Message, err error) {
	raw, err := query.Pack()
	if err != nil {
		return reply, err
	}
	connection, err := net.Dial("udp", server.String())
	if err != nil {
		return reply, err
	}
	defer connection.Close()
	buffer := make([]byte, 64<<10)
	for range 3 {
		if _, err = connection.Write(raw); err != nil {
			return reply, err
		}
		connection.SetReadDeadline(time.Now().Add(5 * time.Second))
		var n int
		for n, err = connection.Read(buffer); err == nil; n, err = connection.Read(buffer) {
			if reply.Unpack(buffer[:n]) == nil && reply.ID == query.ID && reply.Response {
				return reply, nil
			}
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return reply, err
		}
	}
	return reply, err
}

// rcode is what RFC 1035, 4.1.1, and RFC 2136 call a code.
func rcode(code dnsmessage.RCode) string {
	switch code {
	case dnsmessage.RCodeNameError:
		return "NXDOMAIN"
	case dnsmessage.RCodeServerFailure:
		return "SERVFAIL"
	case dnsmessage.RCodeRefused:
		return "REFUSED"
	}
	return fmt.Sprintf("code %d", code)
}

// record is one answer as busybox prints it.
func record(name string, body dnsmessage.ResourceBody) string {
	switch b := body.(type) {
	case *dnsmessage.AResource:
		return fmt.Sprintf("Name:\t%s\nAddress: %s\n", name, netip.AddrFrom4(b.A))
	case *dnsmessage.AAAAResource:
		return fmt.Sprintf("Name:\t%s\nAddress: %s\n", name, netip.AddrFrom16(b.AAAA))
	case *dnsmessage.PTRResource:
		return fmt.Sprintf("%s\tname = %s\n", name, plain(b.PTR))
	case *dnsmessage.CNAMEResource:
		return fmt.Sprintf("%s\tcanonical name = %s\n", name, plain(b.CNAME))
	case *dnsmessage.NSResource:
		return fmt.Sprintf("%s\tnameserver = %s\n", name, plain(b.NS))
	case *dnsmessage.MXResource:
		return fmt.Sprintf("%s\tmail exchanger = %d %s\n", name, b.Pref, plain(b.MX))
	case *dnsmessage.SRVResource:
		return fmt.Sprintf("%s\tservice = %d %d %d %s\n", name, b.Priority, b.Weight, b.Port, plain(b.Target))
	case *dnsmessage.TXTResource:
		return fmt.Sprintf("%s\ttext = %q\n", name, strings.Join(b.TXT, ""))
	}
	return fmt.Sprintf("%s\tof a type that is not known here\n", name)
}

func plain(name dnsmessage.Name) string { return strings.TrimSuffix(name.String(), ".") }
