package sandbox

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"drydock/mini-docker/sandbox/call"
	"drydock/mini-docker/socketpair"
)

// Port is a port that is published inside, by the rules of the sandbox's nf_tables.
type Port = call.Port

// mostTold is how long a line with the ports of a sandbox can be, in bytes. It is a
// stranger who writes it.
const mostTold = 64 << 10

// Published tells change which ports are published inside, now and whenever that
// changes, until ctx ends or the sandbox does: the error says which. Where the
// kernel has no nf_tables nothing can be published, and that is the error.
func (s *Sandbox) Published(ctx context.Context, change func([]Port)) error {
	connection, err := s.dial()
	if err != nil {
		return err
	}
	defer connection.Close()
	ours, theirs, err := socketpair.New("sandbox")
	if err != nil {
		return err
	}
	defer ours.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	ended := make(chan error, 1)
	go func() {
		reply, err := call.Do(ctx, connection, call.Request{Published: true, Stdout: theirs})
		theirs.Close() // with it the lines end
		if err == nil {
			err = errorOf(reply.Error, reply.Kind)
		}
		ended <- err
	}()
	lines := bufio.NewScanner(ours)
	lines.Buffer(nil, mostTold)
	var unreadable error
	for unreadable == nil && lines.Scan() {
		var ports []Port
		if unreadable = json.Unmarshal(lines.Bytes(), &ports); unreadable == nil {
			change(ports)
		}
	}
	cancel(errors.Join(unreadable, lines.Err()))
	if err := <-ended; err != nil {
		return fmt.Errorf("asking what is published in the sandbox: %w", err)
	}
	return nil
}
