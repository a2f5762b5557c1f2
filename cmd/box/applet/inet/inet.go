// Package inet holds the applets that talk over a network, as their namesakes of
// busybox do: ping, nslookup, nc, wget and httpd. IPv4 only, without TLS, and HTTP
// as far as a few lines go: what the lessons send from one container to another.
package inet

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"time"

	"drydock/cmd/box/applet"
)

// Applets lists them.
func Applets() []applet.Applet {
	return []applet.Applet{
		{Name: "httpd", Usage: "[-f] [-v] [-p [IP:]PORT] [-h HOME]", Run: httpd},
		{Name: "nc", Usage: "[-v] [-z] [-w SECONDS] HOST PORT | nc -l [-v] [-w SECONDS] [-p] [IP] PORT", Run: nc},
		{Name: "nslookup", Usage: "[-type=TYPE] NAME|ADDRESS [SERVER]", Run: nslookup},
		{Name: "ping", Usage: "[-c COUNT] [-i SECONDS] [-W SECONDS] [-w SECONDS] [-q] HOST", Run: ping},
		{Name: "wget", Usage: "[-q] [-S] [-O FILE] [-T SECONDS] [--header LINE] [--method METHOD [--body-file FILE]] URL", Run: wget},
	}
}

// resolve finds the address of a host: itself, or what /etc/hosts or a name server
// says. See hosts(5), resolv.conf(5).
func resolve(host string) (netip.Addr, error) {
	if address, err := netip.ParseAddr(host); err == nil {
		return address, nil
	}
	addresses, err := net.DefaultResolver.LookupNetIP(context.Background(), "ip4", host)
	if err != nil {
		return netip.Addr{}, err
	}
	return addresses[0].Unmap(), nil
}

// connect opens a connection to a host. What it reports, it reports as busybox
// does. Without a patience the kernel's own is what counts, some two minutes.
func connect(e *applet.Env, host, port string, patience time.Duration) (net.Conn, bool) {
	address, err := resolve(host)
	if err != nil {
		e.Complain("bad address '" + host + "'")
		return nil, false
	}
	connection, err := net.DialTimeout("tcp", net.JoinHostPort(address.String(), port), patience)
	if err != nil {
		e.Complain("can't connect to remote host (" + address.String() + "): " + reason(err))
		return nil, false
	}
	return connection, true
}

// reason is the kernel's word for what went wrong.
func reason(err error) string {
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		return "Connection timed out"
	}
	return applet.Reason(err)
}

// isPort says whether text is a port number.
func isPort(text string) bool {
	number, err := strconv.ParseUint(text, 10, 16)
	return err == nil && number > 0
}

// seconds reads an option's value, such as 2 or 0.5.
func seconds(e *applet.Env, f applet.Flags, name string, fallback time.Duration) (time.Duration, bool) {
	if !f.Has(name) {
		return fallback, true
	}
	d, ok := applet.Duration(f.Value(name, ""))
	if !ok {
		e.Complain("invalid number '" + f.Value(name, "") + "'")
	}
	return d, ok
}
