package call

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Handler runs what a request asks for. Its context ends when the caller is
// gone. The streams are closed when it returns.
type Handler func(ctx context.Context, r Request) Reply

// Serve answers calls on the listener until it is closed, each in a goroutine
// of its own, and returns when all of them are done. Every call ends with ctx.
func Serve(ctx context.Context, listener *net.UnixListener, handle Handler) error {
	var calls sync.WaitGroup
	defer calls.Wait()
	return Accept(listener, func(connection *net.UnixConn) {
		calls.Go(func() { Answer(ctx, connection, handle) })
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
	streams, err := receiveStreams(connection)
	if err != nil {
		return err
	}
	defer closeAll(streams)
	decoder := json.NewDecoder(connection)
	var request Request
	if err := decoder.Decode(&request); err != nil {
		return fmt.Errorf("reading a request: %w", err)
	}
	request.Stdin, request.Stdout, request.Stderr = streams[0], streams[1], streams[2]

	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal)
	request.Signals = signals
	listened := make(chan struct{})
	go func() {
		defer close(listened)
		defer cancel() // the caller is gone
		listen(ctx, decoder, signals)
	}()
	reply := handle(ctx, request)
	err = json.NewEncoder(connection).Encode(reply)
	cancel()
	connection.Close() // ends the reading
	<-listened
	return err
}

// listen hands the caller's signals on until nothing comes any more.
func listen(ctx context.Context, decoder *json.Decoder, signals chan<- os.Signal) {
	for {
		var message signalMessage
		if err := decoder.Decode(&message); err != nil {
			return
		}
		select {
		case signals <- message.Signal:
		case <-ctx.Done():
			return
		}
	}
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
