package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"

	"drydock/mini-docker/sandbox/call"
	"drydock/mini-docker/socketpair"
)

// Dial connects to a TCP address of the sandbox's own network, 127.0.0.1:80 for
// its loopback. The connection is one end of a pair of sockets: the sandbox's
// process 1 has the other, and passes on what comes to a socket of its own.
func (s *Sandbox) Dial(ctx context.Context, address string) (*net.UnixConn, error) {
	connection, err := s.dial()
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	ours, theirs, err := socketpair.New("sandbox")
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	reply, err := call.Do(ctx, connection, call.Request{Dial: address, Stdin: theirs})
	if errors.Is(err, call.ErrHungUp) {
		err = ErrEnded
	}
	if err == nil {
		err = errorOf(reply.Error, reply.Kind)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connecting to %s in the sandbox: %w", address, err), ours.Close())
	}
	return ours, nil
}
