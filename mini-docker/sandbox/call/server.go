package call

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Handler runs what a request asks for. Its context ends when the caller is
// gone. The streams are closed when it returns.
type Handler func(ctx context.Context, r Request) Reply

// Bounds of what callers may cost who answers: there may be some that mean harm.
const (
	mostBytes    = 256 << 10        // of a request, and of a reply
	mostCalls    = 32               // at once, three descriptors each
	mostArriving = 8                // requests that are not here whole yet, each with as many
	toArrive     = 10 * time.Second // for a request, once its caller has connected
)

// Serve answers calls on the listener until it is closed, each in a goroutine
// of its own, and returns when all of them are done. Every call ends with ctx.
func Serve(ctx context.Context, listener *net.UnixListener, handle Handler) error {
	var calls sync.WaitGroup
	defer calls.Wait()
	var waiting arrivals
	running := make(chan struct{}, mostCalls)
	return Accept(listener, func(connection *net.UnixConn) {
		waiting.add(connection)
		calls.Go(func() {
			defer connection.Close()
			request, err := receive(connection)
			waiting.remove(connection)
			if err != nil {
				return
			}
			defer request.close()
			select {
			case running <- struct{}{}:
				defer func() { <-running }()
				answer(ctx, connection, request, handle)
			default:
				refuse(connection, fmt.Errorf("there are %d calls at once already: wait for one to end", mostCalls))
			}
		})
	})
}

// arrivals are the connections whose requests are on their way. Who connects and
// then says nothing, over and over, keeps nobody else out: the longest wait ends
// for each that is too many.
type arrivals struct {
	mu   sync.Mutex
	list []*net.UnixConn // the oldest first
}

func (a *arrivals) add(connection *net.UnixConn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.list) == mostArriving {
		a.list[0].Close()
		a.list = a.list[1:]
	}
	a.list = append(a.list, connection)
}

func (a *arrivals) remove(connection *net.UnixConn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = slices.DeleteFunc(a.list, func(each *net.UnixConn) bool { return each == connection })
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
	request, err := receive(connection)
	if err != nil {
		return err
	}
	defer request.close()
	return answer(ctx, connection, request, handle)
}

// receive reads a request with its streams.
func receive(connection *net.UnixConn) (Request, error) {
	connection.SetReadDeadline(time.Now().Add(toArrive))
	defer connection.SetReadDeadline(time.Time{})
	streams, err := receiveStreams(connection)
	if err != nil {
		return Request{}, err
	}
	request := Request{Stdin: streams[0], Stdout: streams[1], Stderr: streams[2]}
	if err := json.NewDecoder(io.LimitReader(connection, mostBytes)).Decode(&request); err != nil {
		err = fmt.Errorf("reading a request of at most %d bytes: %w", mostBytes, err)
		refuse(connection, err)
		request.close()
		return Request{}, err
	}
	return request, nil
}

// refuse tells the caller, who may be gone, why nothing is run.
func refuse(connection *net.UnixConn, why error) error {
	connection.SetWriteDeadline(time.Now().Add(toArrive))
	return json.NewEncoder(connection).Encode(Reply{Exit: 125, Error: why.Error()})
}

// answer runs what was asked for and tells how it went.
func answer(ctx context.Context, connection *net.UnixConn, request Request, handle Handler) error {
	ctx, cancel := context.WithCancel(ctx)
	listened := make(chan struct{})
	go func() {
		defer close(listened)
		defer cancel() // the caller is gone
		io.Copy(io.Discard, connection)
	}()
	reply := handle(ctx, request)
	connection.SetWriteDeadline(time.Now().Add(toArrive))
	err := json.NewEncoder(connection).Encode(reply)
	cancel()
	connection.Close() // ends the reading
	<-listened
	return err
}

func (r Request) close() { closeAll([]*os.File{r.Stdin, r.Stdout, r.Stderr}) }

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
