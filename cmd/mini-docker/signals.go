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

// patience is how many requests to end a container gets, which may ignore them,
// before this program leaves it alone. Docker's client counts to three as well.
const patience = 3

// forwarded are the signals that are passed on: all that a person or program
// sends on purpose.
func forwarded() []os.Signal {
	return []os.Signal{
		unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2,
		unix.SIGALRM, unix.SIGVTALRM, unix.SIGTSTP, unix.SIGCONT, unix.SIGIO, unix.SIGPWR,
	}
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
		received: make(chan os.Signal, 16), done: make(chan struct{}),
		cancel: cancel, stderr: stderr, proxy: proxy,
	}
	// With a handler, what is written to a reader who has gone is an error and
	// not the end of this program, with nobody left to clear away.
	signal.Notify(s.received, append(ending(), unix.SIGPIPE)...)
	s.ended.Go(func() {
		if proxy { // here, since each one takes some 40 µs
			signal.Notify(s.received, forwarded()...)
		}
		for {
			select {
			case received := <-s.received:
				if received != unix.SIGPIPE {
					s.handle(received.(unix.Signal))
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
		s.forward(received, isEnding)
	}
}

// leave has this program end while the container goes on.
func (s *signals) leave(received unix.Signal) {
	s.last = received
	s.cancel(errDetached)
}

// forward passes a signal on, and loses patience with a container that ignores
// all requests to end.
func (s *signals) forward(received unix.Signal, isEnding bool) {
	if isEnding {
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
