package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"drydock/mini-k8s/kubelet/cri"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/moby/spdystream"
	"golang.org/x/net/websocket"
)

// patience is how long a test waits for what must come, on a slow machine.
const patience = time.Minute

// dial connects to a handler as kubectl does.
func dial(t *testing.T, protocol, query string, serve http.HandlerFunc) *websocket.Conn {
	t.Helper()
	server := httptest.NewServer(serve)
	t.Cleanup(server.Close)
	config, err := websocket.NewConfig(strings.Replace(server.URL, "http", "ws", 1)+"/?"+query, server.URL)
	if err != nil {
		t.Fatal(err)
	}
	config.Protocol = []string{protocol}
	ws, err := config.DialContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.Close() })
	ws.SetDeadline(time.Now().Add(patience))
	ws.PayloadType = websocket.BinaryFrame
	return ws
}

func send(t *testing.T, ws *websocket.Conn, channel byte, text string) {
	t.Helper()
	if err := websocket.Message.Send(ws, append([]byte{channel}, text...)); err != nil {
		t.Fatal(err)
	}
}

// hearAll returns what came on each channel, once the other side has closed.
func hearAll(t *testing.T, ws *websocket.Conn) map[byte]string {
	t.Helper()
	heard := map[byte]string{}
	for {
		var message []byte
		err := websocket.Message.Receive(ws, &message)
		if errors.Is(err, io.EOF) {
			return heard
		}
		if err != nil {
			t.Fatal(err)
		}
		heard[message[0]] += string(message[1:])
	}
}

func TestACommandHasItsStreamsAndItsStatus(t *testing.T) {
	ws := dial(t, "v5.channel.k8s.io", "stdin=true&stdout=true&stderr=true", func(w http.ResponseWriter, r *http.Request) {
		Command(w, r, func(_ context.Context, s cri.Terminal) (int, error) {
			text, err := io.ReadAll(s.Stdin)
			fmt.Fprintf(s.Stdout, "got %s", text)
			fmt.Fprintf(s.Stderr, "no more")
			return 3, err
		})
	})
	send(t, ws, channelInput, "one ")
	send(t, ws, channelInput, "two")
	send(t, ws, channelClose, string([]byte{channelInput}))
	heard := hearAll(t, ws)
	if heard[channelOutput] != "got one two" || heard[channelErrors] != "no more" {
		t.Errorf("got %q", heard)
	}
	var status metav1.Status
	if err := json.Unmarshal([]byte(heard[channelStatus]), &status); err != nil {
		t.Fatal(err)
	}
	if status.Status != "Failure" || status.Reason != "NonZeroExitCode" || status.Details.Causes[0].Message != "3" {
		t.Errorf("got %+v, want exit status 3", status)
	}
}

func TestWhatWasNotAskedForIsNotConnected(t *testing.T) {
	ws := dial(t, "v5.channel.k8s.io", "stdout=true&stderr=true&tty=true", func(w http.ResponseWriter, r *http.Request) {
		Command(w, r, func(_ context.Context, s cri.Terminal) (int, error) {
			size := <-s.Resize
			fmt.Fprintf(s.Stdout, "%d by %d, %v %v", size.Width, size.Height, s.Stdin, s.Stderr)
			return 0, nil
		})
	})
	send(t, ws, channelResize, `{"Width":80,"Height":24}`)
	heard := hearAll(t, ws)
	if heard[channelOutput] != "80 by 24, <nil> <nil>" || !strings.Contains(heard[channelStatus], `"Success"`) {
		t.Errorf("got %q", heard)
	}
}

func TestACommandEndsWhenItsClientHasGone(t *testing.T) {
	ended := make(chan error, 1)
	ws := dial(t, "v5.channel.k8s.io", "stdin=true", func(w http.ResponseWriter, r *http.Request) {
		Command(w, r, func(ctx context.Context, s cri.Terminal) (int, error) {
			<-ctx.Done()
			_, err := s.Stdin.Read(make([]byte, 1))
			ended <- err
			return 0, ctx.Err()
		})
	})
	ws.Close()
	select {
	case err := <-ended:
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("the input ended with %v", err)
		}
	case <-time.After(patience):
		t.Fatal("the command was not ended")
	}
}

func TestWhoDoesNotUpgradeIsRefused(t *testing.T) {
	for upgrade, want := range map[string]string{
		"": "Upgrade request required", "SPDY/3.1": "unable to upgrade: SPDY/3.1 is not supported, speak WebSocket",
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/exec", nil)
		r.Header.Set("Upgrade", upgrade)
		Command(w, r, nil)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%q: got %d %s, want %s", upgrade, w.Code, w.Body, want)
		}
	}
}

// echo serves what it hears, on a port that it returns.
func echo(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				io.Copy(connection, connection)
			}()
		}
	}()
	return listener.Addr().String()
}

// open opens a connection to a port of the other side as kubectl does.
func open(t *testing.T, c *spdystream.Connection, id, port string) (data, problems *spdystream.Stream) {
	t.Helper()
	streams := map[string]*spdystream.Stream{}
	for _, kind := range []string{"error", "data"} {
		stream, err := c.CreateStream(http.Header{"Streamtype": {kind}, "Port": {port}, "Requestid": {id}}, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		streams[kind] = stream
	}
	streams["error"].Close() // nothing is said there
	return streams["data"], streams["error"]
}

func TestPortsAreForwarded(t *testing.T) {
	address := echo(t)
	ws := dial(t, forwardProtocol, "", func(w http.ResponseWriter, r *http.Request) {
		Forward(w, r, func(ctx context.Context, port uint16) (net.Conn, error) {
			if port != 80 {
				return nil, errors.New("nothing listens there")
			}
			return new(net.Dialer).DialContext(ctx, "tcp", address)
		})
	})
	connection, err := spdystream.NewConnection(ws, false)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	go connection.Serve(spdystream.NoOpStreamHandler)
	for _, id := range []string{"0", "1"} {
		data, problems := open(t, connection, id, "80")
		text := strings.Repeat("x", 100<<10)
		go func() {
			io.WriteString(data, text)
			data.Close()
		}()
		got, err := io.ReadAll(data)
		if err != nil || string(got) != text {
			t.Errorf("got %d bytes and %v, want %d", len(got), err, len(text))
		}
		if got, err := io.ReadAll(problems); err != nil || len(got) != 0 {
			t.Errorf("got problem %q and %v", got, err)
		}
	}
	_, problems := open(t, connection, "2", "81")
	if got, err := io.ReadAll(problems); err != nil || string(got) != "an error occurred forwarding to port 81: nothing listens there" {
		t.Errorf("got problem %q and %v", got, err)
	}
}

func TestLogs(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC)
	for query, want := range map[string]string{
		"":                               "one\ntwo\n",
		"limitBytes=5":                   "one\nt",
		"limitBytes=0":                   "",
		"timestamps=true":                "2026-01-02T03:04:05.0000006Z one\n2026-01-02T03:04:05.0000006Z two\n",
		"follow=true&tailLines=1":        "{1 0001-01-01 00:00:00 +0000 UTC true}one\ntwo\n",
		"sinceTime=2026-01-01T00:00:00Z": "{-1 2026-01-01 00:00:00 +0000 UTC false}one\ntwo\n",
		"tailLines=-1":                   `tailLines: invalid value \"-1\"`,
		"sinceSeconds=x":                 `sinceSeconds: invalid value \"x\"`,
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/?"+query, nil)
		Log(w, r, func(_ context.Context, o cri.LogOptions, emit func(cri.LogLine) error) error {
			if o.Tail >= 0 || !o.Since.IsZero() {
				fmt.Fprint(w, o)
			}
			return errors.Join(emit(cri.LogLine{Text: "one\n", Time: at}), emit(cri.LogLine{Text: "two\n", Time: at}))
		})
		if got := w.Body.String(); got != want && !(w.Code == http.StatusBadRequest && strings.Contains(got, want)) {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
}
