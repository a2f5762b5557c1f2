package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

// signals receives the signals this program gets while it runs a container, and
// decides what becomes of them:
//
//   - before the container runs, one that asks to end makes the preparation stop
//     and be undone;
//   - while it runs, they are passed on to its first process (--sig-proxy), or,
//     with a terminal, where keys reach the container by themselves, one that asks
//     to end means this program: the container goes on without it.
type signals struct {
	received chan os.Signal
	done     chan struct{}
	ended    sync.WaitGroup
	cancel   context.CancelCauseFunc
	stderr   io.Writer
	proxy    bool

	mutex    sync.Mutex
	running  signalled
	pending  []unix.Signal // came before the container ran
	last     unix.Signal   // that ended the whole; 0 for none
	requests int           // to end, while they were passed on
}

// signalled is a container that runs.
type signalled interface{ Signal(unix.Signal) error }

// patience is how many times a container is asked by Ctrl-C or TERM, which it may
// ignore, before this program leaves it alone. Docker's client counts to three as
// well. HUP and QUIT do not count: servers reload and end gently by them.
const patience = 3

// isHeldBack says which signals are not passed on: those that tell this program
// of its own children and pipes, and the one that Go's scheduler sends to it. All
// others are sent by a person or a program on purpose. See signal(7).
func isHeldBack(signal unix.Signal) bool {
	return signal == unix.SIGCHLD || signal == unix.SIGPIPE || signal == unix.SIGURG
}

// ending are those that ask a program to end.
func ending() []os.Signal {
	return []os.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM}
}

// catchSignals begins to receive. The context ends when a signal asks to end
// before a container runs.
func catchSignals(ctx context.Context, stderr io.Writer, proxy bool) (context.Context, *signals) {
	ctx, cancel := context.WithCancelCause(ctx)
	s := &signals{
		received: make(chan os.Signal, 64), done: make(chan struct{}),
		cancel: cancel, stderr: stderr, proxy: proxy,
	}
	// With a handler, what is written to a reader who has gone is an error and
	// not the end of this program, with nobody left to clear away.
	signal.Notify(s.received, append(ending(), unix.SIGPIPE)...)
	s.ended.Go(func() {
		if proxy { // here, since it takes some 400 µs
			signal.Notify(s.received) // all there are
		}
		for {
			select {
			case received := <-s.received:
				if number := received.(unix.Signal); !isHeldBack(number) {
					s.handle(number)
				}
			case <-s.done:
				return
			}
		}
	})
	return ctx, s
}

// end lets whatever comes from now on go unheard: the program is about to end.
// Giving the signals back, one by one, would take it longer than that.
func (s *signals) end() {
	close(s.done)
	s.ended.Wait()
	s.cancel(nil)
}

// follow says that the container runs from now on.
func (s *signals) follow(running signalled) {
	s.mutex.Lock()
	s.running = running
	pending := s.pending
	s.pending, s.last = nil, 0
	s.mutex.Unlock()
	for _, each := range pending {
		s.handle(each)
	}
}

func (s *signals) handle(received unix.Signal) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	isEnding := slices.Contains(ending(), os.Signal(received))
	switch {
	case s.running == nil:
		s.pending = append(s.pending, received)
		if isEnding {
			s.last = received
			s.cancel(fmt.Errorf("interrupted by signal %d (%s)", received, unix.SignalName(received)))
		}
	case !s.proxy:
		if isEnding {
			s.leave(received)
		}
	default:
		s.forward(received)
	}
}

// leave has this program end while the container goes on.
func (s *signals) leave(received unix.Signal) {
	s.last = received
	s.cancel(errDetached)
}

// forward passes a signal on, and loses patience with a container that ignores
// all requests to end.
func (s *signals) forward(received unix.Signal) {
	if received == unix.SIGINT || received == unix.SIGTERM {
		s.requests++
	}
	if s.requests >= patience {
		fmt.Fprintf(s.stderr, "\ngot %d SIGTERM/SIGINTs, forcefully exiting\n", s.requests)
		s.leave(received)
		return
	}
	if err := s.running.Signal(received); err != nil {
		fmt.Fprintln(s.stderr, "mini-docker: passing on a signal:", err)
	}
}

// statusOr returns the exit status that tells of the signal that ended the
// program, or else the given one.
func (s *signals) statusOr(status int) int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.last != 0 {
		return 128 + int(s.last)
	}
	return status
}
