package sandbox

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/creack/pty"

	"drydock/testscripts/wait"
)

// screen is a person at a terminal.
type screen struct {
	t      *testing.T
	master *os.File
	output chan []byte
	seen   []byte
}

// open runs one of the programs of the test, outside, on a terminal of its own.
func open(t *testing.T, name string, args ...string) *screen {
	t.Helper()
	command := exec.Command("/proc/self/exe")
	command.Args = append([]string{name}, args...)
	master, err := pty.StartWithSize(command, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	s := &screen{t: t, master: master, output: make(chan []byte, 64)}
	go func() {
		defer close(s.output)
		for {
			buffer := make([]byte, 4096)
			n, err := master.Read(buffer)
			if err != nil {
				return
			}
			s.output <- buffer[:n]
		}
	}()
	t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
		master.Close()
	})
	return s
}

// expect waits until the text is on the screen, after what was expected before.
func (s *screen) expect(text string) {
	s.t.Helper()
	deadline := time.After(wait.Deadline)
	for {
		if at := bytes.Index(s.seen, []byte(text)); at >= 0 {
			s.seen = s.seen[at+len(text):]
			return
		}
		select {
		case more, ok := <-s.output:
			if !ok {
				s.t.Fatalf("the program ended; screen: got %q, want %q", s.seen, text)
			}
			s.seen = append(s.seen, more...)
		case <-deadline:
			s.t.Fatalf("screen: got %q, want %q", s.seen, text)
		}
	}
}

func (s *screen) press(keys string) {
	s.t.Helper()
	if _, err := s.master.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// use has a person do what one does at a terminal.
func (s *screen) use() {
	s.t.Helper()
	s.press("hello\n")
	s.expect("line hello")
	s.press("\x03") // Ctrl-C reaches the command, and nobody dies of it
	s.expect("signal interrupt columns 80")
	s.press("\x1a") // Ctrl-Z: nobody could wake the command again
	s.press("more\n")
	s.expect("line more")
	if err := pty.Setsize(s.master, &pty.Winsize{Rows: 24, Cols: 132}); err != nil {
		s.t.Fatal(err)
	}
	s.expect("signal window changed columns 132")
}

func TestCommandHasTheTerminal(t *testing.T) {
	each(t, func(t *testing.T, s Spec) {
		user := "root"
		if s.DropToUser {
			user = "user"
		}
		base, control := makeBase(t), filepath.Join(t.TempDir(), "run", "control")
		first := open(t, "interactive", base, control, user)
		first.expect("ready, /dev/tty: true")

		// Another terminal, in the same sandbox: it has one of its own there.
		second := open(t, "interactive", base, control, user)
		second.expect("ready, /dev/tty: true")

		first.use()
		second.use()
		for _, each := range []*screen{second, first} {
			each.press("\x04") // Ctrl-D
			each.expect("exit 3 <nil> foreground true echo true")
		}
	})
}
