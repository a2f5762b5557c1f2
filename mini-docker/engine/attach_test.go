package engine

import (
	"io"
	"testing"

	"golang.org/x/sys/unix"
)

func TestWhoIsAttachedLearnsHowAContainerWithATerminalEnded(t *testing.T) {
	e := newEngine(t)
	running := start(t, e, CreateOptions{Args: []string{"prog", "wait"}, TTY: true, OpenStdin: true, Detached: true}, Attachment{})
	c := running.Container
	must(t, running.Leave())
	connection, err := e.Attach(c)
	must(t, err)
	defer connection.Close()
	must(t, connection.Attach(io.Discard, io.Discard))
	connection.Listen()
	must(t, e.Kill(c, unix.SIGKILL))
	if exit, err := connection.Wait(); err != nil || exit != 137 {
		t.Errorf("got %d and %v, want 137", exit, err)
	}
	_, err = e.Wait(t.Context(), c)
	must(t, err)
}
