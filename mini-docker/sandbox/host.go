package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"

	"drydock/mini-docker/sandbox/call"
)

// Ask, called inside a sandbox, has the process that started the sandbox answer
// args with Spec.Serve, on the given standard streams and in this process's
// working directory, and returns the exit status. socket is HostSocket. When
// ctx ends, or this process does, the context that Serve was given ends.
func Ask(ctx context.Context, socket string, args []string, stdio [3]*os.File) (exit int, err error) {
	connection, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		return 0, fmt.Errorf("asking outside of the sandbox: %w", err)
	}
	defer connection.Close()
	dir, err := os.Getwd()
	if err != nil {
		return 0, err
	}
	reply, err := call.Do(ctx, connection, call.Request{
		Args: args, Dir: dir, Stdin: stdio[0], Stdout: stdio[1], Stderr: stdio[2],
	})
	if err == nil && reply.Error != "" {
		err = errors.New(reply.Error)
	}
	return reply.Exit, err
}

// serveHost answers Ask until the listener is closed.
func serveHost(ctx context.Context, listener *net.UnixListener, handle func(context.Context, Request) int) error {
	return call.Serve(ctx, listener, func(ctx context.Context, r call.Request) call.Reply {
		return call.Reply{Exit: handle(ctx, Request{
			Args: r.Args, Dir: r.Dir,
			Stdin: r.Stdin, Stdout: r.Stdout, Stderr: r.Stderr,
		})}
	})
}
