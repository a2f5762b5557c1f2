package kubectl

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"drydock/mini-k8s/client"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"golang.org/x/net/websocket"
)

// Logs writes what a container has said.
func (k *Kubectl) Logs(ctx context.Context, t Target, query url.Values) error {
	answer, err := k.Client.Do(ctx, client.Request{Method: http.MethodGet, Path: k.path(t, "log"), Query: query})
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(k.Out, answer.Body)
	return err
}

// Exec says what to run in a container.
type Exec struct {
	Container  string
	Command    []string
	Stdin, TTY bool
}

// The channels of a command, the first byte of each message, and what closes
// one (Kubernetes' KEP-4006).
const (
	input byte = iota
	output
	failures
	status
	size
	end byte = 255
)

// Exec runs a command in a container and returns its exit status. The sizes are
// those of the terminal that it is shown in.
func (k *Kubectl) Exec(ctx context.Context, t Target, e Exec, sizes <-chan [2]uint16) (exit int, err error) {
	if _, err := k.read(ctx, t); err != nil {
		return 0, err // in words that a refused connection has not
	}
	query := url.Values{"command": e.Command, "stdout": {"true"}, "stderr": {fmt.Sprint(!e.TTY)}, "stdin": {fmt.Sprint(e.Stdin)}, "tty": {fmt.Sprint(e.TTY)}}
	if e.Container != "" {
		query.Set("container", e.Container)
	}
	ws, err := k.Client.WebSocket(ctx, k.path(t, "exec"), query, "v5.channel.k8s.io")
	if err != nil {
		return 0, fmt.Errorf("unable to upgrade connection: %w", err)
	}
	defer ws.Close()
	if e.Stdin {
		go k.send(ws) // ends with the connection, or waits for a key as we end
	}
	if e.TTY {
		go func() {
			for s := range sizes {
				text, _ := json.Marshal(map[string]uint16{"Width": s[0], "Height": s[1]}) // cannot fail
				_ = websocket.Message.Send(ws, append([]byte{size}, text...))             // the command may have ended
			}
		}()
	}
	return k.receive(ws)
}

// send passes on what is typed.
func (k *Kubectl) send(ws *websocket.Conn) {
	buffer := make([]byte, 32<<10)
	buffer[0] = input
	for {
		n, err := k.In.Read(buffer[1:])
		if n > 0 && websocket.Message.Send(ws, buffer[:n+1]) != nil {
			return
		}
		if err != nil {
			_ = websocket.Message.Send(ws, []byte{end, input}) // the command may have ended
			return
		}
	}
}

// receive shows what the command says until it tells how it ended.
func (k *Kubectl) receive(ws *websocket.Conn) (exit int, err error) {
	for {
		var message []byte
		if err := websocket.Message.Receive(ws, &message); err != nil {
			return 0, fmt.Errorf("the connection broke: %w", err)
		}
		if len(message) < 1 {
			continue
		}
		switch content := message[1:]; message[0] {
		case output:
			_, err = k.Out.Write(content)
		case failures:
			_, err = k.Err.Write(content)
		case status:
			return ended(content)
		}
		if err != nil {
			return 0, err
		}
	}
}

// ended reads how a command ended.
func ended(text []byte) (exit int, err error) {
	how := metav1.Status{}
	if err := json.Unmarshal(text, &how); err != nil {
		return 0, err
	}
	if how.Status == metav1.StatusSuccess {
		return 0, nil
	}
	if how.Details != nil {
		for _, cause := range how.Details.Causes {
			if cause.Type == "ExitCode" {
				if _, err := fmt.Sscan(cause.Message, &exit); err == nil {
					return exit, nil
				}
			}
		}
	}
	return 0, fmt.Errorf("%s", strings.TrimSpace(how.Message))
}
