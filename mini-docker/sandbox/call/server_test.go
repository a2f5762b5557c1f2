package call

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// serve answers every call with a greeting, at a socket of the test's.
func serve(t *testing.T) (dial func() *net.UnixConn) {
	t.Helper()
	address := &net.UnixAddr{Name: filepath.Join(t.TempDir(), "s"), Net: "unix"}
	listener, err := net.ListenUnix("unix", address)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		served <- Serve(ctx, listener, func(context.Context, Request) Reply { return Reply{Exit: 42} })
	}()
	t.Cleanup(func() {
		cancel()
		listener.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return func() *net.UnixConn {
		connection, err := net.DialUnix("unix", nil, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { connection.Close() })
		return connection
	}
}

// Who connects and says nothing, however often, keeps nobody else out.
func TestIdleCallersKeepNobodyOut(t *testing.T) {
	dial := serve(t)
	for range 10 * mostArriving {
		dial()
	}
	begin := time.Now()
	reply, err := Do(t.Context(), dial(), Request{Args: []string{"hello"}})
	if err != nil || reply.Exit != 42 {
		t.Errorf("got %+v, %v, want an answer", reply, err)
	}
	if took := time.Since(begin); took > toArrive {
		t.Errorf("it took %v: it waited for those", took)
	}
}

// A request has an end.
func TestRequestThatIsTooLongIsRefused(t *testing.T) {
	connection := serve(t)()
	long := strings.Repeat("a", mostBytes)
	go func() {
		send(connection, Request{Args: []string{long}})
		connection.CloseWrite()
	}()
	text, err := io.ReadAll(connection)
	if !strings.Contains(string(text), "reading a request of at most") {
		t.Errorf("got %q, %v, want it refused", text, err)
	}
}

// A server that has no descriptors left goes on when it has.
func TestServerWithoutDescriptorsGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	caller, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(caller)
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: uint64(caller) + 1, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	defer unix.Setrlimit(unix.RLIMIT_NOFILE, &before)
	passed := make(chan *net.UnixConn, 1)
	ended := make(chan error, 1)
	go func() { ended <- Accept(listener, func(connection *net.UnixConn) { passed <- connection }) }()
	if err := unix.Connect(caller, &unix.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	select { // long enough to be refused once
	case <-passed:
		t.Error("it was accepted without a descriptor")
	case err := <-ended:
		t.Fatalf("got %v, want it to go on", err)
	case <-time.After(2 * acceptAgain):
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	select {
	case connection := <-passed:
		connection.Close()
	case <-time.After(time.Minute):
		t.Fatal("it does not go on")
	}
	listener.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
