package call

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Handler runs what a request asks for. Its context ends when the caller is
// gone. The streams are closed when it returns.
type Handler func(ctx context.Context, r Request) Reply

// Bounds of what a caller may cost who answers: it may be one that means harm.
const (
	mostBytes = 256 << 10        // of a request, and of a reply
	mostCalls = 32               // at once, three descriptors each
	toArrive  = 10 * time.Second // for a request, once its caller has connected
)

// Serve answers calls on the listener until it is closed, each in a goroutine
// of its own, and returns when all of them are done. Every call ends with ctx.
// While there are too many the next ones wait.
func Serve(ctx context.Context, listener *net.UnixListener, handle Handler) error {
	var calls sync.WaitGroup
	defer calls.Wait()
	slots := make(chan struct{}, mostCalls)
	return Accept(listener, func(connection *net.UnixConn) {
		slots <- struct{}{}
		calls.Go(func() {
			defer func() { <-slots }()
			Answer(ctx, connection, handle)
		})
	})
}

// Accept passes every connection to the function until the listener is closed.
// That there are no descriptors left, or that a caller has gone already, is no
// reason to stop: see accept(2), Error handling.
func Accept(listener *net.UnixListener, pass func(*net.UnixConn)) error {
	for {
		connection, err := listener.AcceptUnix()
		switch {
		case err == nil:
			pass(connection)
		case errors.Is(err, net.ErrClosed):
			return nil
		case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE), errors.Is(err, unix.ENOBUFS), errors.Is(err, unix.ENOMEM):
			time.Sleep(acceptAgain) // some of the calls may be over by then
		case errors.Is(err, unix.ECONNABORTED):
		default:
			return err
		}
	}
}

// acceptAgain is how long a server without descriptors rests.
const acceptAgain = 50 * time.Millisecond

// Answer answers the one call that comes over the connection, and closes it.
func Answer(ctx context.Context, connection *net.UnixConn, handle Handler) error {
	defer connection.Close()
	connection.SetReadDeadline(time.Now().Add(toArrive))
	streams, err := receiveStreams(connection)
	if err != nil {
		return err
	}
	defer closeAll(streams)
	var request Request
	if err := json.NewDecoder(io.LimitReader(connection, mostBytes)).Decode(&request); err != nil {
		err = fmt.Errorf("reading a request of at most %d bytes: %w", mostBytes, err)
		json.NewEncoder(connection).Encode(Reply{Exit: 125, Error: err.Error()}) // the caller may be gone
		return err
	}
	connection.SetReadDeadline(time.Time{})
	request.Stdin, request.Stdout, request.Stderr = streams[0], streams[1], streams[2]

	ctx, cancel := context.WithCancel(ctx)
	listened := make(chan struct{})
	go func() {
		defer close(listened)
		defer cancel() // the caller is gone
		io.Copy(io.Discard, connection)
	}()
	reply := handle(ctx, request)
	connection.SetWriteDeadline(time.Now().Add(toArrive))
	err = json.NewEncoder(connection).Encode(reply)
	cancel()
	connection.Close() // ends the reading
	<-listened
	return err
}

// receiveStreams receives the three descriptors that open a call.
func receiveStreams(connection *net.UnixConn) ([]*os.File, error) {
	files, _, err := ReceiveFiles(connection, make([]byte, 1))
	if err != nil {
		return nil, err
	}
	if len(files) != 3 {
		closeAll(files)
		return nil, fmt.Errorf("receiving a call: want 3 descriptors, got %d", len(files))
	}
	return files, nil
}

// ReceiveFiles reads a message into buffer, and the open files that came with
// it. It returns the length of the message. The files are closed on exec.
func ReceiveFiles(connection *net.UnixConn, buffer []byte) (files []*os.File, n int, err error) {
	control := make([]byte, unix.CmsgSpace(3*4)) // room for three descriptors
	n, controlN, _, _, err := connection.ReadMsgUnix(buffer, control)
	if err != nil {
		return nil, 0, err
	}
	if n == 0 {
		return nil, 0, ErrHungUp
	}
	messages, err := unix.ParseSocketControlMessage(control[:controlN])
	if err != nil {
		return nil, 0, fmt.Errorf("reading a control message: %w", err)
	}
	for i := range messages {
		descriptors, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			closeAll(files)
			return nil, 0, fmt.Errorf("reading descriptors: %w", err)
		}
		for _, descriptor := range descriptors {
			files = append(files, os.NewFile(uintptr(descriptor), "passed"))
		}
	}
	return files, n, nil
}

func closeAll(files []*os.File) {
	for _, file := range files {
		file.Close()
	}
}
