package inet

import (
	"io"
	"net"
	"time"

	"drydock/cmd/box/applet"
)

// nc connects standard input and output with somebody far away, or with the first
// who comes. See nc(1).
func nc(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "l v z n p: w:")
	if !ok {
		return status
	}
	patience, ok := seconds(e, f, "w", 0)
	if !ok {
		return applet.Failed
	}
	if port := f.Value("p", ""); port != "" {
		args = append(args, port)
	}
	var host, port string
	switch {
	case len(args) == 2:
		host, port = args[0], args[1]
	case len(args) == 1 && f.Has("l"):
		host, port = "0.0.0.0", args[0]
	default:
		return e.Misuse("want a host and a port")
	}
	if !isPort(port) {
		return e.Complain("bad port '" + port + "'")
	}
	var connection net.Conn
	if f.Has("l") {
		connection, ok = awaitOne(e, host, port, patience)
	} else {
		connection, ok = connect(e, host, port, patience)
	}
	if !ok {
		return applet.Failed
	}
	defer connection.Close()
	if f.Has("v") {
		io.WriteString(e.Err, connection.RemoteAddr().String()+" open\n")
	}
	if f.Has("z") {
		return applet.OK
	}
	return exchange(e, connection)
}

// awaitOne takes the first connection that comes, and no other.
func awaitOne(e *applet.Env, host, port string, patience time.Duration) (net.Conn, bool) {
	listener, err := net.Listen("tcp4", net.JoinHostPort(host, port))
	if err != nil {
		e.Complain("bind: " + reason(err))
		return nil, false
	}
	defer listener.Close()
	if patience > 0 {
		listener.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
	}
	connection, err := listener.Accept()
	if err != nil {
		e.Complain("accept: " + reason(err))
		return nil, false
	}
	return connection, true
}

// exchange copies both ways. The end of the input is told to the other side, which
// may go on; when it has no more to say all is over, whatever could still be typed.
func exchange(e *applet.Env, connection net.Conn) int {
	go func() {
		io.Copy(connection, e.In)
		connection.(*net.TCPConn).CloseWrite()
	}()
	buffer := make([]byte, 32<<10)
	for {
		n, err := connection.Read(buffer)
		e.Out.Write(buffer[:n])
		if e.Out.Flush() != nil || err == io.EOF {
			return applet.OK // Run tells of what could not be written
		}
		if err != nil {
			return e.Complain("read: " + reason(err))
		}
	}
}
