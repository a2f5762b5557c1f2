package call

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a server may take to end what runs.
const patience = 5 * time.Second

// Do sends the request over the connection and waits for the answer. When ctx
// ends first the server is told, and its answer, which then comes soon, is
// returned together with the context's error.
//
// The connection is used up, but not closed.
func Do(ctx context.Context, connection *net.UnixConn, r Request) (Reply, error) {
	if err := send(connection, r); err != nil {
		return Reply{}, err
	}
	// Half a close is enough to tell the server, and still lets it answer. One
	// that hangs is not waited for.
	stop := context.AfterFunc(ctx, func() {
		connection.CloseWrite()
		connection.SetReadDeadline(time.Now().Add(patience))
	})
	defer stop()

	var reply Reply
	err := json.NewDecoder(io.LimitReader(connection, mostBytes)).Decode(&reply)
	if errors.Is(err, io.EOF) || errors.Is(err, unix.ECONNRESET) {
		err = ErrHungUp
	}
	if ctx.Err() != nil {
		return reply, context.Cause(ctx)
	}
	return reply, err
}

// send sends the streams and the request. The streams go first, with a byte of
// their own: descriptors arrive with the first byte that is read, and a decoder
// that reads ahead would lose them.
func send(connection *net.UnixConn, r Request) error {
	null, err := nothing()
	if err != nil {
		return err
	}
	defer null.Close()
	var descriptors [3]int
	for i, stream := range []*os.File{r.Stdin, r.Stdout, r.Stderr} {
		if stream == nil {
			stream = null
		}
		descriptors[i] = int(stream.Fd())
	}
	_, _, err = connection.WriteMsgUnix([]byte{0}, unix.UnixRights(descriptors[:]...), nil)
	if err != nil {
		return fmt.Errorf("passing the standard streams: %w", err)
	}
	if err := json.NewEncoder(connection).Encode(r); err != nil {
		return fmt.Errorf("sending a request: %w", err)
	}
	return nil
}

// nothing is a file that is empty and keeps what is written to nobody's eyes: a shell
// that stands in a root which it has put together itself may have no /dev/null there.
func nothing() (*os.File, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err == nil {
		return null, nil
	}
	fd, failed := unix.MemfdCreate("null", unix.MFD_CLOEXEC)
	if failed != nil {
		return nil, errors.Join(err, os.NewSyscallError("memfd_create", failed))
	}
	return os.NewFile(uintptr(fd), "null"), nil
}
