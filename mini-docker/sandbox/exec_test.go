package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"drydock/testscripts/wait"
)

// ordinaryUser is a user who owns nothing.
func ordinaryUser() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

func TestCommandsThatCannotRun(t *testing.T) {
	box := start(t, Spec{DropToUser: true})
	for _, test := range []struct {
		command Command
		exit    int
		err     error
	}{
		{Command{Args: []string{"nothing"}}, 127, ErrNotFound},
		{Command{Args: []string{"/bin/nothing"}}, 127, ErrNotFound},
		{Command{Args: []string{"/etc/hosts"}}, 126, ErrNotExecutable},
		{Command{Args: []string{"hostname"}, Dir: "/nowhere"}, 125, nil},
		{Command{}, 125, nil},
	} {
		exit, err := box.Exec(context.Background(), test.command)
		if exit != test.exit || err == nil || test.err != nil && !errors.Is(err, test.err) {
			t.Errorf("%q: got %d, %v, want %d, %v", test.command.Args, exit, err, test.exit, test.err)
		}
	}
}

func TestEndOfContextKillsTheCommand(t *testing.T) {
	box := start(t, Spec{DropToUser: true})
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		exit, err := box.Exec(ctx, Command{Args: []string{"block"}, Stdout: w})
		w.Close()
		if exit != 137 {
			t.Errorf("exit: got %d, want 137", exit)
		}
		ended <- err
	}()
	if line, err := bufio.NewReader(r).ReadString('\n'); line != "blocking\n" {
		t.Fatalf("output: got %q, %v", line, err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 { // nobody holds the other end any more
		t.Errorf("got %d, %v, want the end of the pipe", n, err)
	}
}

// A process whose parent has ended becomes a child of process 1, which has to
// wait for it.
func TestOrphansAreReaped(t *testing.T) {
	box := start(t, Spec{DropToUser: true})
	want(t, box, "", "orphan")
	got := others(t, box)
	if len(got) != 1 {
		t.Fatalf("processes inside, with an orphan that lives: got %v, want one", got)
	}
	want(t, box, "", "kill", got[0])
	deadline := time.Now().Add(wait.Deadline)
	for got := others(t, box); len(got) > 0; got = others(t, box) {
		if time.Now().After(deadline) {
			t.Fatalf("processes inside: got %v, want none", got)
		}
	}
}

// others are the processes inside beside process 1 and the one that looks.
func others(t *testing.T, box *Sandbox) []string {
	t.Helper()
	text, _ := output(t, box, "ls", "/proc")
	var pids []string
	for line := range strings.Lines(text) {
		var pid int
		if _, err := fmt.Sscan(line, &pid); err == nil && pid > 1 {
			pids = append(pids, strings.TrimSpace(line))
		}
	}
	return pids[:len(pids)-1] // the one that looks is the youngest
}

func TestAttachRunsInTheSameSandbox(t *testing.T) {
	each(t, func(t *testing.T, s Spec) {
		// Longer than the address of a socket may be.
		s.Control = filepath.Join(t.TempDir(), strings.Repeat("long", 30), "control")
		box := start(t, s)
		want(t, box, "", "write", "/root/file", "from the first")
		other, err := Attach(s.Control)
		if err != nil {
			t.Fatal(err)
		}
		want(t, other, "from the first", "cat", "/root/file")
		if err := other.Close(); err != nil {
			t.Error(err)
		}
		want(t, box, "drydock", "hostname") // only Close of the first ends it

		if _, err := Start(context.Background(), Spec{Base: makeBase(t), Control: s.Control}); !errors.Is(err, ErrRunning) {
			t.Errorf("a second sandbox on the socket: got %v, want %v", err, ErrRunning)
		}
		if err := box.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := other.Exec(context.Background(), Command{Args: []string{"hostname"}}); !errors.Is(err, ErrEnded) {
			t.Errorf("after the end: got %v, want %v", err, ErrEnded)
		}
		if _, err := os.Lstat(s.Control); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the control socket after Close: got %v, want %v", err, os.ErrNotExist)
		}
	})
}

func TestProgramInsideAsksOutside(t *testing.T) {
	each(t, func(t *testing.T, s Spec) {
		ended := make(chan error, 1)
		s.Serve = func(ctx context.Context, r Request) int {
			if r.Args[0] == "block" {
				fmt.Fprintln(r.Stdout, "blocking")
				<-ctx.Done()
				ended <- ctx.Err()
				return 1
			}
			name, _ := os.Hostname()
			fmt.Fprintln(r.Stdout, name == "drydock", r.Dir, r.Args)
			return 42
		}
		box := start(t, s)
		got, exit := output(t, box, "ask", "check", "--json")
		if got != "false / [check --json]" || exit != 42 {
			t.Errorf("ask: got %q, %d", got, exit)
		}

		// The program that asks is killed: what it asked for must not go on.
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		defer w.Close()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		go func() {
			bufio.NewReader(r).ReadString('\n')
			cancel()
		}()
		if exit, err := box.Exec(ctx, Command{Args: []string{"ask", "block"}, Stdout: w}); !errors.Is(err, context.Canceled) {
			t.Errorf("ask block: got %d, %v", exit, err)
		}
		select {
		case <-ended:
		case <-time.After(wait.Deadline):
			t.Error("the context of the call goes on")
		}
	})
}

// What kills process 1 from inside, or crashes it, is no hang outside.
func TestEndOfInitIsNoticed(t *testing.T) {
	box := start(t, Spec{DropToUser: true})
	go unix.Kill(box.PID(), unix.SIGKILL)
	<-box.Done()
	if _, err := box.Exec(context.Background(), Command{Args: []string{"hostname"}}); !errors.Is(err, ErrEnded) {
		t.Errorf("got %v, want %v", err, ErrEnded)
	}
}
