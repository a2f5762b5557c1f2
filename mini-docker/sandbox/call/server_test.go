package call

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
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
