package terminal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"drydock/mini-docker/rawterm"
)

func TestMain(m *testing.M) {
	rawterm.MaybeGuard()
	os.Exit(m.Run())
}

// pair returns both ends of a new terminal: what a person's program, or a
// container, sees, and what stands behind it.
func pair(t *testing.T) (outer, inner *os.File) {
	t.Helper()
	outer, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminals here:", err)
	}
	t.Cleanup(func() { outer.Close() })
	if err := unix.IoctlSetPointerInt(int(outer.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	fd, _, errno := unix.Syscall(unix.SYS_IOCTL, outer.Fd(), unix.TIOCGPTPEER, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC)
	if errno != 0 {
		t.Fatal(errno)
	}
	inner = os.NewFile(fd, "inner")
	t.Cleanup(func() { inner.Close() })
	return outer, inner
}

func settings(t *testing.T, file *os.File) unix.Termios {
	t.Helper()
	termios, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *termios
}

func TestASessionPassesBytesAndPutsTheTerminalBack(t *testing.T) {
	person, ours := pair(t)
	console, container := pair(t)
	before := settings(t, ours)
	size := &unix.Winsize{Row: 33, Col: 77}
	if err := unix.IoctlSetWinsize(int(person.Fd()), unix.TIOCSWINSZ, size); err != nil {
		t.Fatal(err)
	}
	peer, err := OpenConsole(console, ours)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Attach(peer, ours, ours)
	if err != nil {
		t.Fatal(err)
	}
	if settings(t, ours) == before {
		t.Error("the person's terminal is not raw")
	}
	if rows, columns, err := Size(container); err != nil || rows != 33 || columns != 77 {
		t.Errorf("the container's terminal has %d rows and %d columns (%v), want 33 and 77", rows, columns, err)
	}
	// What is typed arrives as it is: Ctrl-C is a byte to the person's terminal,
	// and the container's makes of the line what it makes of lines.
	fmt.Fprint(person, "typed\r")
	line := make([]byte, 64)
	n, err := container.Read(line)
	if err != nil || string(line[:n]) != "typed\n" {
		t.Errorf("the container read %q, %v; want the line typed", line[:n], err)
	}
	fmt.Fprint(container, "last words")
	container.Close()
	if err := errors.Join(peer.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if settings(t, ours) != before {
		t.Error("the terminal is not as it was")
	}
	// They may come in pieces: the kernel carries them over when it has the time.
	shown := ""
	for err == nil && !strings.HasSuffix(shown, "last words") {
		n, err = person.Read(line)
		shown += string(line[:n])
	}
	if err != nil {
		t.Errorf("shown: %q, %v; want the last words", shown, err)
	}
}

func TestAFeedEndsWhenTheInputDoes(t *testing.T) {
	person, ours := pair(t)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	feed, err := StartFeed(write, ours, write)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(person, "line\n\x04") // Ctrl-D
	text, err := io.ReadAll(read)
	if err != nil || string(text) != "line\n" {
		t.Errorf("the container read %q, %v; want the line and the end", text, err)
	}
	if err := feed.Close(); err != nil {
		t.Error(err)
	}
}

func TestAllThatWasWrittenIsPrintedEvenIfSomebodyHoldsThePipe(t *testing.T) {
	c, err := newCopies()
	if err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close() // as a process would that outlived the container
	text := strings.Repeat("x", 60_000)
	if _, err := write.WriteString(text); err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	c.drain(&printed, read, read)
	if err := c.finish(); err != nil {
		t.Error(err)
	}
	if printed.Len() != len(text) {
		t.Errorf("printed %d bytes of %d", printed.Len(), len(text))
	}
}
