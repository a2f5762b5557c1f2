package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	xansi "github.com/charmbracelet/x/ansi"

	"drydock/labs/session"
	"drydock/labs/world"
)

// patience is how long a person waits without being told for what.
const patience = time.Second

// whileWaiting tells a person who waits what is being done, until what it returns is
// called. On a terminal that is a line which is drawn anew each second and is gone in
// the end; for a screen reader, one that is said once.
func (t *tutor) whileWaiting(now func() string) (done func()) {
	if !t.isTerminal() {
		return func() {}
	}
	over, told := make(chan struct{}), sync.WaitGroup{}
	told.Go(func() {
		ticks := time.NewTicker(patience)
		defer ticks.Stop()
		for said := false; ; said = true {
			select {
			case <-over:
				if said {
					fmt.Fprint(t.err, eraseLine)
				}
				return
			case <-ticks.C:
			}
			if t.columns(t.err) == 0 {
				fmt.Fprintln(t.err, now())
				return
			}
			fmt.Fprint(t.err, eraseLine, xansi.Truncate(now(), t.columns(t.err)-1, "…"))
		}
	})
	return func() { close(over); told.Wait() }
}

// always is what is said of a wait that has no stages.
func always(text string) func() string { return func() string { return text } }

// opening makes a host whose sandbox a person is told of while it is not open yet.
// opened ends that where it never is.
func (t *tutor) opening(host session.Host) (_ session.Host, opened func()) {
	opened = sync.OnceFunc(t.whileWaiting(always("Opening the sandbox …")))
	use := host.Use
	host.Use = func(ctx context.Context, w *world.World) error {
		opened()
		return use(ctx, w)
	}
	return host, opened
}

// eraseLine empties the terminal's line and stands at its beginning. See
// console_codes(4).
const eraseLine = "\r\x1b[K"
