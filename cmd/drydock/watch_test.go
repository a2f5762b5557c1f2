package main

import (
	"testing"
	"time"

	"github.com/creack/pty"

	"drydock/testscripts/wait"
)

// Who closes the window looks on no more, also where no signal says so.
func TestWhoLooksOnEndsWithTheTerminal(t *testing.T) {
	master, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	ctx, done := (&tutor{in: terminal, out: terminal}).whileSeen(t.Context())
	defer done()
	select {
	case <-ctx.Done():
		t.Fatal("it has ended while the terminal was there")
	case <-time.After(10 * time.Millisecond): // a poll of a terminal that is there waits a second
	}
	master.Close()
	select {
	case <-ctx.Done():
	case <-time.After(wait.Deadline):
		t.Error("it looks on where nobody sees it")
	}
}
