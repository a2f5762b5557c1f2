package inet

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path"
	"strings"
	"syscall"
	"time"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/child"
)

// httpd serves the files of a folder by HTTP. Without -f it goes on in the
// background, as busybox' does.
func httpd(e *applet.Env, args []string) int {
	given := args
	f, args, status, ok := e.Flags(args, "f v p: h:")
	if !ok {
		return status
	}
	if len(args) > 0 {
		return e.Misuse("'" + args[0] + "' is not supported")
	}
	root, err := os.OpenRoot(f.Value("h", "."))
	if err != nil {
		return e.Fail(f.Value("h", "."), err)
	}
	defer root.Close()
	host, port, found := strings.Cut(f.Value("p", "80"), ":")
	if !found {
		host, port = "0.0.0.0", host
	}
	if !isPort(port) {
		return e.Complain("bad port '" + port + "'")
	}
	listener, err := listen(net.JoinHostPort(host, port))
	if err != nil {
		return e.Complain("bind: " + reason(err))
	}
	defer listener.Close()
	if !f.Has("f") {
		return goOn(e, listener, given)
	}
	s := site{root: root, log: io.Discard}
	if f.Has("v") {
		s.log = e.Err
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			return e.Complain("accept: " + reason(err))
		}
		go s.serve(connection)
	}
}

// handedOver says that descriptor 3 is a socket that listens already. See
// sd_listen_fds(3).
const handedOver = "LISTEN_FDS=1"

// listen opens the socket, or takes the one that was handed over.
func listen(address string) (net.Listener, error) {
	name, value, _ := strings.Cut(handedOver, "=")
	if os.Getenv(name) != value {
		return net.Listen("tcp4", address)
	}
	file := os.NewFile(3, "listener")
	defer file.Close()
	return net.FileListener(file)
}

// goOn starts this program once more, for the background. It gets the socket, so
// that whoever comes from now on is served.
func goOn(e *applet.Env, listener net.Listener, args []string) int {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return e.Fail(os.DevNull, err)
	}
	defer null.Close()
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		return e.Fail("handing over the socket", err)
	}
	defer socket.Close()
	_, err = syscall.ForkExec(child.Self(), append([]string{"httpd", "-f"}, args...), &syscall.ProcAttr{
		Env: append(os.Environ(), handedOver), Files: []uintptr{null.Fd(), null.Fd(), 2, socket.Fd()},
		Sys: &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return e.Fail("going to the background", err)
	}
	return applet.OK
}

// site is a folder that is served. Nothing outside of it is, by whatever link.
type site struct {
	root *os.Root
	log  io.Writer
}

// serve answers one request, and closes the connection. See RFC 1945.
func (s *site) serve(connection net.Conn) {
	connection = &patient{connection, time.Minute}
	defer connection.Close()
	request, err := readHead(bufio.NewReader(connection))
	if err != nil {
		return
	}
	words := strings.Fields(request.lines[0])
	if len(words) < 2 {
		tell(connection, "400 Bad Request")
		return
	}
	status := "501 Not Implemented"
	if words[0] == "GET" || words[0] == "HEAD" {
		status = s.send(connection, words[1], words[0] == "GET")
	}
	if status != "200 OK" {
		tell(connection, status)
	}
	fmt.Fprintf(s.log, "%s: %s: %s\n", connection.RemoteAddr(), request.lines[0], status)
}

// send sends a file, or for a folder its index.html.
func (s *site) send(to io.Writer, target string, body bool) (status string) {
	where, err := url.ParseRequestURI(target)
	if err != nil {
		return "400 Bad Request"
	}
	name := strings.TrimPrefix(path.Clean("/"+where.Path), "/")
	if name == "" {
		name = "."
	}
	info, err := s.root.Stat(name)
	if err == nil && info.IsDir() {
		name = path.Join(name, "index.html")
		info, err = s.root.Stat(name)
	}
	if err != nil || !info.Mode().IsRegular() {
		return "404 Not Found"
	}
	file, err := s.root.Open(name)
	if err != nil {
		return "403 Forbidden"
	}
	defer file.Close()
	kind := "application/octet-stream"
	switch path.Ext(name) {
	case ".html", ".htm":
		kind = "text/html"
	case ".txt":
		kind = "text/plain"
	}
	fmt.Fprintf(to, "HTTP/1.0 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", kind, info.Size())
	if body {
		io.CopyN(to, file, info.Size()) // of a file that grows: what was announced
	}
	return "200 OK"
}

// tell answers with a status alone.
func tell(to io.Writer, status string) {
	fmt.Fprintf(to, "HTTP/1.0 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s\n", status, len(status)+1, status)
}
