// Package stream speaks exec, attach, port-forward and log as kubectl does, at the
// node where they end. What leads there, the API server, only passes bytes on.
//
//	stream.Command(w, r, func(ctx context.Context, t cri.Terminal) (exit int, err error) { … })
//	stream.Forward(w, r, func(ctx context.Context, port uint16) (net.Conn, error) { … })
//	stream.Log(w, r, func(ctx context.Context, o cri.LogOptions, emit func(cri.LogLine) error) error { … })
//
// Commands speak WebSocket (RFC 6455) with the protocol v5.channel.k8s.io. The
// first byte of each message says to which channel the rest belongs:
//
//	kubectl                            node
//	   │ ── 0 input ─────────────────▶ │
//	   │ ◀──────────── 1 output ─────── │
//	   │ ◀──────────── 2 errors ─────── │
//	   │ ── 4 {"Width":80,"Height":24} ▶ │  the terminal's size
//	   │ ── 255 0 ───────────────────▶ │  the input has ended
//	   │ ◀──────────── 3 Status ─────── │  the last: how the command ended
//
// SPDY, which older clients speak, is refused by name but for port-forward, whose
// frames it has inside a WebSocket. See Kubernetes' KEP-4006.
package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"drydock/mini-k8s/kubelet/cri"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"golang.org/x/net/websocket"
)

// The channels of a command, and what closes one.
const (
	channelInput byte = iota
	channelOutput
	channelErrors
	channelStatus
	channelResize
	channelClose byte = 255
)

// commandProtocols are those of a command, the best first. The fourth does not
// know the end of input.
func commandProtocols() []string { return []string{"v5.channel.k8s.io", "v4.channel.k8s.io"} }

// Command connects a client with a command, which run is, and tells the client how
// it ended. An error is why it could not be run, or passed on.
func Command(w http.ResponseWriter, r *http.Request, run func(ctx context.Context, t cri.Terminal) (exit int, err error)) {
	upgrade(w, r, commandProtocols(), func(ws *websocket.Conn) {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		input, typed := io.Pipe()
		sizes := make(chan cri.Size, 1)
		terminal := cri.Terminal{TTY: isTrue(r, "tty"), Resize: sizes}
		if isTrue(r, "stdin") {
			terminal.Stdin = input
		}
		if isTrue(r, "stdout") {
			terminal.Stdout = channel{ws, channelOutput}
		}
		if isTrue(r, "stderr") && !terminal.TTY {
			terminal.Stderr = channel{ws, channelErrors}
		}
		left := make(chan struct{})
		go func() {
			defer close(left)
			hear(ws, typed, sizes)
			typed.CloseWithError(io.ErrUnexpectedEOF)
			cancel() // the client has gone
		}()
		exit, err := run(ctx, terminal)
		input.Close()
		text, _ := json.Marshal(statusOf(exit, err)) // of texts: cannot fail
		channel{ws, channelStatus}.Write(text)       // fails if the client has gone
		ws.Close()
		<-left
	})
}

// hear takes what a client sends, until it has gone. What is typed for a command
// that does not read waits here, and with it the size, as with a slow terminal.
func hear(ws *websocket.Conn, typed *io.PipeWriter, sizes chan cri.Size) {
	for {
		var message []byte
		if err := websocket.Message.Receive(ws, &message); err != nil {
			return
		}
		if len(message) == 0 {
			continue
		}
		switch content := message[1:]; message[0] {
		case channelInput:
			typed.Write(content) // fails when the command has ended
		case channelClose:
			if len(content) == 1 && content[0] == channelInput {
				typed.Close()
			}
		case channelResize:
			var size cri.Size
			if json.Unmarshal(content, &size) == nil {
				select { // only the last one counts
				case <-sizes:
				default:
				}
				sizes <- size
			}
		}
	}
}

// channel is one of a connection's, to write to.
type channel struct {
	ws     *websocket.Conn
	number byte
}

// Write implements io.Writer: a message for each call.
func (c channel) Write(text []byte) (int, error) {
	if err := websocket.Message.Send(c.ws, append([]byte{c.number}, text...)); err != nil {
		return 0, err
	}
	return len(text), nil
}

// statusOf tells how a command ended, in the terms that kubectl turns into its own
// exit status.
func statusOf(exit int, err error) metav1.Status {
	switch {
	case err != nil && exit == 0:
		return apierrors.NewInternalError(err).Status()
	case exit == 0:
		return metav1.Status{Status: metav1.StatusSuccess}
	}
	message := fmt.Sprintf("command terminated with non-zero exit code: exit code %d", exit)
	if err != nil {
		message += ": " + err.Error()
	}
	return metav1.Status{
		Status: metav1.StatusFailure, Reason: "NonZeroExitCode", Message: message,
		Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{{Type: "ExitCode", Message: fmt.Sprint(exit)}}},
	}
}

// upgrade makes a WebSocket of a request, if the client speaks one of the
// protocols.
func upgrade(w http.ResponseWriter, r *http.Request, protocols []string, serve func(*websocket.Conn)) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		message := "Upgrade request required"
		if got := r.Header.Get("Upgrade"); got != "" {
			message = fmt.Sprintf("unable to upgrade: %s is not supported, speak WebSocket", got)
		}
		Refuse(w, apierrors.NewBadRequest(message))
		return
	}
	websocket.Server{
		Handshake: func(config *websocket.Config, _ *http.Request) error {
			for _, each := range protocols {
				if slices.Contains(config.Protocol, each) {
					config.Protocol = []string{each}
					return nil
				}
			}
			return errors.New("no protocol in common")
		},
		Handler: func(ws *websocket.Conn) {
			ws.PayloadType = websocket.BinaryFrame
			serve(ws)
		},
	}.ServeHTTP(w, r)
}

func isTrue(r *http.Request, name string) bool {
	value := r.URL.Query().Get(name)
	return value == "true" || value == "1"
}

// Refuse answers with an error, as the Status that clients read.
func Refuse(w http.ResponseWriter, err error) {
	known := apierrors.APIStatus(apierrors.NewInternalError(err))
	errors.As(err, &known)
	status := known.Status()
	status.Kind, status.APIVersion = "Status", "v1"
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(int(status.Code))
	_ = json.NewEncoder(w).Encode(status) // a client that has gone does not read it
}
