package minidocker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/logs"
	"drydock/mini-docker/engine/terminal"
	"drydock/mini-docker/runtime"
	"drydock/mini-k8s/kubelet/cri"
)

// Exec implements cri.Streams. A command whose caller leaves is killed.
func (r *Runtime) Exec(ctx context.Context, id string, command []string, t cri.Terminal) (exit int, err error) {
	c, err := r.inspect(ctx, id)
	if err != nil {
		return 0, err
	}
	o := engine.ExecOptions{Args: command, TTY: t.TTY}
	if t.TTY {
		return r.execTerminal(ctx, c, o, t)
	}
	pipes, err := newPipes(t)
	if err != nil {
		return 0, err
	}
	o.Stdin, o.Stdout, o.Stderr = pipes.theirs[0], pipes.theirs[1], pipes.theirs[2]
	process, err := r.engine.Exec(ctx, c, o)
	pipes.release()
	if err != nil {
		pipes.finish()
		return 0, fmt.Errorf("error executing command in container: %w", err)
	}
	exit, err = await(ctx, process)
	pipes.finish()
	return exit, err
}

// execTerminal runs a command with a terminal of its own.
func (r *Runtime) execTerminal(ctx context.Context, c *container.Container, o engine.ExecOptions, t cri.Terminal) (exit int, err error) {
	process, err := r.engine.Exec(ctx, c, o)
	if err != nil {
		return 0, fmt.Errorf("error executing command in container: %w", err)
	}
	console, err := terminal.OpenConsole(process.Console, orDiscard(t.Stdout))
	if err != nil {
		process.Kill()
		return 0, err
	}
	feed(ctx, console, nil, t, process.Done())
	exit, err = await(ctx, process)
	return exit, errors.Join(err, console.Close())
}

// await waits for a command's end.
func await(ctx context.Context, process *runtime.Process) (exit int, err error) {
	select {
	case <-process.Done():
	case <-ctx.Done():
		process.Kill()
		<-process.Done()
		return 0, context.Cause(ctx)
	}
	return process.Wait()
}

// Attach implements cri.Streams.
func (r *Runtime) Attach(ctx context.Context, id string, t cri.Terminal) error {
	c, err := r.inspect(ctx, id)
	if err != nil {
		return err
	}
	connection, err := r.engine.Attach(c)
	if err != nil {
		return err
	}
	defer connection.Close()
	if err := connection.Attach(orDiscard(t.Stdout), orDiscard(t.Stderr)); err != nil {
		return err
	}
	connection.Listen()
	var whenDone func() error
	if c.Config.StdinOnce {
		whenDone = connection.CloseInput
	}
	feed(ctx, connection, whenDone, t, connection.Over())
	select {
	case <-connection.Over():
		_, err = connection.Wait()
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// feed passes on what is typed, and sizes, until over is closed. The reader
// of what is typed ends when its stream does, which is its owner's to end.
func feed(ctx context.Context, to terminal.Peer, whenDone func() error, t cri.Terminal, over <-chan struct{}) {
	if t.Stdin != nil {
		go func() {
			io.Copy(to, t.Stdin) // what ends reading it is seen on the other side
			if whenDone != nil {
				whenDone()
			}
		}()
	}
	go func() {
		for {
			select {
			case size, ok := <-t.Resize:
				if !ok {
					return
				}
				to.Resize(size.Height, size.Width) // of what has ended: as well
			case <-over:
				return
			case <-ctx.Done():
				return
			}
		}
	}()
}

// Logs implements cri.Streams.
func (r *Runtime) Logs(ctx context.Context, id string, o cri.LogOptions, emit func(cri.LogLine) error) error {
	c, err := r.inspect(ctx, id)
	if err != nil {
		return err
	}
	return r.engine.Logs(ctx, c, logs.Options{Tail: o.Tail, Since: o.Since, Follow: o.Follow}, func(line logs.Line) error {
		return emit(cri.LogLine{Text: line.Text, Time: line.Time})
	})
}

// Dial implements cri.Streams.
func (r *Runtime) Dial(ctx context.Context, sandbox string, port uint16) (net.Conn, error) {
	pod, err := r.inspect(ctx, sandbox)
	if err != nil {
		return nil, err
	}
	return r.engine.DialPod(ctx, pod, port)
}

func orDiscard(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}

// pipes are the streams of a command without a terminal.
type pipes struct {
	theirs  [3]*os.File
	outputs []*os.File
	copying sync.WaitGroup
	over    chan struct{}
}

func newPipes(t cri.Terminal) (*pipes, error) {
	p := &pipes{over: make(chan struct{})}
	for i, stream := range []any{t.Stdin, t.Stdout, t.Stderr} {
		if stream == nil {
			continue
		}
		read, write, err := os.Pipe()
		if err != nil {
			p.release()
			p.finish()
			return nil, fmt.Errorf("opening a pipe: %w", err)
		}
		if i == 0 {
			p.theirs[i] = read
			go func() {
				io.Copy(write, t.Stdin) // fails when the command has ended
				write.Close()
			}()
			continue
		}
		p.theirs[i], p.outputs = write, append(p.outputs, read)
		p.copying.Go(func() { p.drain(stream.(io.Writer), read) })
	}
	return p, nil
}

// lastWords is how long more output is waited for after a command's end: the end
// of file stays out if a process that outlived it holds on to the stream.
const lastWords = 100 * time.Millisecond

// drain copies what a command writes: all of it, its last words included.
func (p *pipes) drain(to io.Writer, from *os.File) {
	defer from.Close()
	buffer := make([]byte, 32<<10)
	for {
		select {
		case <-p.over:
			from.SetReadDeadline(time.Now().Add(lastWords)) // a pipe: has deadlines
		default:
		}
		n, err := from.Read(buffer)
		if n > 0 {
			if _, failed := to.Write(buffer[:n]); failed != nil {
				to = io.Discard // it must not notice by standing still
			}
		}
		if err != nil {
			return
		}
	}
}

// release lets go of the command's ends, which it has by now.
func (p *pipes) release() {
	for _, each := range p.theirs {
		each.Close() // of nil: an error, and no more
	}
}

// finish waits until all that the command wrote has been passed on. It must have
// ended.
func (p *pipes) finish() {
	close(p.over)
	for _, each := range p.outputs {
		each.SetReadDeadline(time.Now().Add(lastWords))
	}
	p.copying.Wait()
}
