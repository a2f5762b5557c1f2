package relay_test

import (
	"io"
	"net"
	"testing"

	"drydock/mini-docker/sandbox/relay"
)

// pair is the two ends of a connection over loopback.
func pair(t *testing.T) (one, other *net.TCPConn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	dialled, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dialled.Close(); accepted.Close() })
	return dialled.(*net.TCPConn), accepted.(*net.TCPConn)
}

// joined is a client and a server with a relay between them, and a channel that is
// closed when that has ended.
func joined(t *testing.T) (client, server *net.TCPConn, ended chan struct{}) {
	client, outside := pair(t)
	inside, server := pair(t)
	ended = make(chan struct{})
	go func() {
		defer close(ended)
		relay.Join(outside, inside)
	}()
	return client, server, ended
}

func TestEachDirectionEndsByItself(t *testing.T) {
	client, server, ended := joined(t)
	if _, err := client.Write([]byte("question")); err != nil {
		t.Fatal(err)
	}
	client.CloseWrite()
	if got, err := io.ReadAll(server); string(got) != "question" || err != nil {
		t.Errorf("the server got %q, %v", got, err)
	}
	if _, err := server.Write([]byte("answer")); err != nil {
		t.Fatal(err)
	}
	server.Close()
	if got, err := io.ReadAll(client); string(got) != "answer" || err != nil {
		t.Errorf("the client got %q, %v", got, err)
	}
	<-ended
}

// A server that is killed while it has something unread resets its connections:
// see tcp(7). Who waits for its answer, and has no more to say, is to hear of it.
func TestBothSidesHearOfABrokenConnection(t *testing.T) {
	for name, breaks := range map[string]func(client, server *net.TCPConn) (other *net.TCPConn){
		"the server's": func(client, server *net.TCPConn) *net.TCPConn { server.SetLinger(0); server.Close(); return client },
		"the client's": func(client, server *net.TCPConn) *net.TCPConn { client.SetLinger(0); client.Close(); return server },
	} {
		t.Run(name, func(t *testing.T) {
			client, server, ended := joined(t)
			got, _ := io.ReadAll(breaks(client, server)) // that it ends is what counts
			if len(got) != 0 {
				t.Errorf("got %q", got)
			}
			<-ended
		})
	}
}
