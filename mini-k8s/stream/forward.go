package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"

	"github.com/moby/spdystream"
	"golang.org/x/net/websocket"
)

// forwardProtocol is SPDY/3.1, the frames of which come in the messages of a
// WebSocket, whose borders mean nothing. See Kubernetes' KEP-4006.
const forwardProtocol = "SPDY/3.1+portforward.k8s.io"

// Forward passes a client's connections on to ports. For each it opens two
// streams, one of them to be told what went wrong:
//
//	kubectl                                     node
//	   │ ── SYN_STREAM error, requestid 0 ────▶ │
//	   │ ── SYN_STREAM data, port, requestid 0 ▶ │  dials
//	   │ ◀───────────── bytes ────────────────▶ │
func Forward(w http.ResponseWriter, r *http.Request, dial func(ctx context.Context, port uint16) (net.Conn, error)) {
	upgrade(w, r, []string{forwardProtocol}, func(ws *websocket.Conn) {
		connection, err := spdystream.NewConnection(ws, true)
		if err != nil {
			return // the client has gone
		}
		ctx, cancel := context.WithCancel(r.Context())
		f := &forwarding{dial: dial, halves: map[string]pair{}}
		go connection.Serve(func(stream *spdystream.Stream) { f.accept(ctx, stream) })
		select {
		case <-connection.CloseChan():
		case <-ctx.Done():
		}
		cancel()
		connection.Close()
		f.running.Wait()
	})
}

// forwarding is a client's connections.
type forwarding struct {
	dial    func(ctx context.Context, port uint16) (net.Conn, error)
	mutex   sync.Mutex
	halves  map[string]pair // by request: what has come of one
	running sync.WaitGroup
}

// pair is the streams of one connection.
type pair struct{ problems, data *spdystream.Stream }

// accept takes a stream that the client opens. It must not wait. Of two that belong
// together either may come first: frames of different streams overtake one another.
func (f *forwarding) accept(ctx context.Context, stream *spdystream.Stream) {
	headers := stream.Headers()
	id := headers.Get("requestid")
	if err := stream.SendReply(http.Header{}, false); err != nil {
		return
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	p := f.halves[id]
	if headers.Get("streamtype") == "error" {
		p.problems = stream
	} else {
		p.data = stream
	}
	f.halves[id] = p
	if p.problems == nil || p.data == nil {
		return
	}
	delete(f.halves, id)
	f.running.Go(func() {
		if err := f.forward(ctx, p.data, p.data.Headers().Get("port")); err != nil {
			io.WriteString(p.problems, err.Error())
		}
		p.problems.Close() // which tells that it is over
	})
}

// forward passes bytes on in both directions, until both have ended.
func (f *forwarding) forward(ctx context.Context, stream *spdystream.Stream, text string) error {
	defer stream.Reset()
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return fmt.Errorf("invalid port %q", text)
	}
	connection, err := f.dial(ctx, uint16(port))
	if err != nil {
		return fmt.Errorf("an error occurred forwarding to port %d: %w", port, err)
	}
	defer connection.Close()
	stop := context.AfterFunc(ctx, func() { connection.Close() })
	defer stop()
	sent := make(chan error, 1)
	go func() {
		_, err := io.Copy(connection, stream)
		if half, ok := connection.(interface{ CloseWrite() error }); ok {
			err = errors.Join(err, half.CloseWrite())
		}
		sent <- err
	}()
	_, err = io.Copy(stream, connection)
	stream.Close() // our half
	connection.Close()
	stream.Reset() // who does not hear any more need not send
	<-sent
	return err
}
