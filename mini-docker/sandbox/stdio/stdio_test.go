package stdio

import (
	"os"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"drydock/testscripts/wait"
)

// A terminal that is closed is closed for the command as well, whoever is told of it
// by a signal.
func TestATerminalThatIsGoneHangsUp(t *testing.T) {
	outer, own, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	loan, err := Lend([3]*os.File{own, own, own}, os.Geteuid())
	if err != nil {
		t.Fatal(err)
	}
	events := func(timeout int) int16 {
		poll := []unix.PollFd{{Fd: int32(loan.Streams[0].Fd()), Events: unix.POLLIN}}
		for {
			if _, err := unix.Poll(poll, timeout); err != unix.EINTR {
				return poll[0].Revents
			}
		}
	}
	if got := events(0); got != 0 {
		t.Fatalf("before: got events %#x, want none", got)
	}
	if err := outer.Close(); err != nil {
		t.Fatal(err)
	}
	if got := events(int(wait.Deadline.Milliseconds())); got&unix.POLLHUP == 0 {
		t.Errorf("afterwards: got events %#x, want POLLHUP", got)
	}
	loan.Return()
}
