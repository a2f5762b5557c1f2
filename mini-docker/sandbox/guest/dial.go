package guest

import (
	"context"
	"net"
	"os"
	"syscall"

	"drydock/mini-docker/sandbox/call"
	"drydock/mini-docker/sandbox/relay"
)

// answer does what a call asks for.
func (c *commands) answer(ctx context.Context, r call.Request) call.Reply {
	var err error
	switch {
	case r.Dial != "":
		err = connect(ctx, r.Dial, r.Stdin)
	case r.Published:
		err = tellPublished(ctx, r.Stdout)
	default:
		return c.run(ctx, r)
	}
	if err != nil {
		return call.Reply{Exit: 1, Error: err.Error(), Kind: kindOf(err)}
	}
	return call.Reply{}
}

// connect connects a socket from outside to an address in here. The answer only
// says that it is; the two are joined for as long as they like.
func connect(ctx context.Context, address string, outside *os.File) error {
	caller, err := net.FileConn(outside)
	if err != nil {
		return err
	}
	from, ok := caller.(relay.Conn)
	if !ok {
		caller.Close()
		return syscall.ENOTSOCK
	}
	to, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		caller.Close()
		return err
	}
	go relay.Join(from, to.(*net.TCPConn))
	return nil
}
