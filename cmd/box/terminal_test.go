package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"drydock/testscripts/wait"
)

func itoa(n int) string { return strconv.Itoa(n) }

func pidOf(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// screen is an interactive shell on a terminal, and all it has printed.
type screen struct {
	t        *testing.T
	terminal *os.File
	shell    *exec.Cmd
	mu       sync.Mutex
	printed  bytes.Buffer
	seen     int // how much was looked at
	ended    chan struct{}
}

func open(t *testing.T) *screen {
	t.Helper()
	dir := installed(t)
	cmd := exec.Command(filepath.Join(dir, "sh"))
	cmd.Env = []string{"PATH=" + dir, "HOME=/", "PS1=> ", "TERM=xterm"}
	terminal, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	terminal = interruptible(t, terminal)
	s := &screen{t: t, terminal: terminal, shell: cmd, ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		buf := make([]byte, 1024)
		for {
			n, err := terminal.Read(buf)
			s.mu.Lock()
			s.printed.Write(buf[:n])
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		terminal.Close()
		<-s.ended
	})
	s.await("> ")
	return s
}

// interruptible returns the terminal as a file that Close interrupts a Read of. As
// package pty opens it, a Read waits until nobody holds the other end any more, and a
// shell within the shell that was killed may: where SIGHUP is ignored, as below nohup.
func interruptible(t *testing.T, terminal *os.File) *os.File {
	t.Helper()
	defer terminal.Close()
	fd, err := unix.FcntlInt(terminal.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), terminal.Name())
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.printed.String()[s.seen:]
}

// until waits for a fact.
func (s *screen) until(what string, fact func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(wait.Deadline); !fact(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("waited in vain for %s; the screen has %q", what, s.text())
		}
	}
}

// await waits until text is printed, and goes on behind it.
func (s *screen) await(text string) {
	s.t.Helper()
	s.until(strconv.Quote(text), func() bool { return strings.Contains(s.text(), text) })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen += strings.Index(s.printed.String()[s.seen:], text) + len(text)
}

func (s *screen) typed(text string) {
	s.t.Helper()
	if _, err := s.terminal.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

// cooked reports whether the terminal edits lines itself.
func (s *screen) cooked() bool {
	var modes *unix.Termios
	err := s.asked(func(fd int) (err error) {
		modes, err = unix.IoctlGetTermios(fd, unix.TCGETS)
		return err
	})
	return err == nil && modes.Lflag&unix.ICANON != 0
}

// asked calls ask with the terminal's number. Fd would undo what interruptible does.
func (s *screen) asked(ask func(fd int) error) error {
	connection, err := s.terminal.SyscallConn()
	if err != nil {
		return err
	}
	var answer error
	if err := connection.Control(func(fd uintptr) { answer = ask(int(fd)) }); err != nil {
		return err
	}
	return answer
}

func (s *screen) finished() int {
	s.t.Helper()
	done := make(chan struct{})
	go func() { s.shell.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(wait.Deadline):
		s.t.Fatalf("the shell did not end; the screen has %q", s.text())
	}
	return s.shell.ProcessState.ExitCode()
}

func TestTerminalCommandHistoryAndEnd(t *testing.T) {
	s := open(t)
	s.typed("echo on$((1+1))e\r")
	s.await("on2e\r\n")
	s.await("> ")
	s.typed("\x1b[A\r") // arrow up
	s.await("on2e\r\n")
	s.await("> ")
	s.typed("if true\r")
	s.await("> ")
	s.typed("then echo y$((1))s; fi\r")
	s.await("y1s\r\n")
	s.await("> ")
	s.typed("(exit 5)\r")
	s.await("> ")
	s.typed("\x04")
	if got := s.finished(); got != 5 {
		t.Errorf("after Ctrl-D the shell ended with %d, want the last status, 5", got)
	}
	if !s.cooked() {
		t.Error("the terminal was left raw")
	}
}

func TestTerminalCtrlCAtThePrompt(t *testing.T) {
	s := open(t)
	s.typed("echo never\x03")
	s.await("^C")
	s.await("> ")
	s.typed("echo st$?\r")
	s.await("st130\r\n")
	s.await("> ")
	s.typed("for x in 1 2\r\x03") // also in the middle of a command
	s.await("^C")
	s.await("> ")
	s.typed("exit\r")
	s.finished()
}

func TestTerminalCtrlCEndsTheProgramOnly(t *testing.T) {
	s := open(t)
	s.typed("sleep 60; echo never\r")
	s.asleep("sleep", "60")
	s.typed("\x03")
	s.await("> ")
	s.typed("echo st$?\r")
	s.await("st130\r\n")
	s.await("> ")
	s.typed("while :; do :; done\r") // no program at all
	s.until("a cooked terminal", s.cooked)
	s.typed("\x03")
	s.await("> ")
	s.typed("read x\r")
	s.until("a cooked terminal", s.cooked)
	s.typed("\x03")
	s.await("> ")
	s.typed("exit 3\r")
	if got := s.finished(); got != 3 {
		t.Errorf("the shell ended with %d, want 3", got)
	}
}

func TestTerminalProgramsReadTheKeyboard(t *testing.T) {
	s := open(t)
	s.typed("cat\r")
	s.until("a cooked terminal", s.cooked)
	s.typed("hel\x7flo\r")
	s.await("lo\r\nhelo\r\n") // echoed by the terminal, printed by cat
	s.typed("\x04")
	s.await("> ")
	s.typed("sh\r")
	s.await("> ")
	s.typed("echo nested $PPID\r")
	s.await("nested " + itoa(s.shell.Process.Pid) + "\r\n")
	s.await("> ")
	s.typed("exit\r")
	s.await("> ")
	s.typed("sleep 60 & kill $!\r")
	s.await("[1] ")
	s.await("> ")
	s.typed("wait $!; echo st$?\r")
	s.await("st143\r\n")
	s.typed("exit\r")
	s.finished()
}

func TestTerminalPastedLinesReachTheProgram(t *testing.T) {
	s := open(t)
	s.typed("read x; echo got $x\rwhat follows\rsh\recho inner\rexit 4\recho outer$?\r")
	s.await("got what follows\r\n")
	s.await("inner\r\n")
	s.await("outer4\r\n")
	s.typed("exit\r")
	s.finished()
}

// children are the processes that pid has started. See proc(5),
// /proc/PID/task/TID/children.
func children(pid int) []string {
	var all []string
	files, _ := filepath.Glob("/proc/" + itoa(pid) + "/task/*/children")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		all = append(all, strings.Fields(string(text))...)
	}
	return all
}

func commandOf(pid string) string {
	text, _ := os.ReadFile("/proc/" + pid + "/cmdline")
	return string(text)
}

// What is typed ahead reaches the shell that one of the lines starts, and is in
// the history, which goes on from shell to shell.
func TestTerminalLinesTypedAhead(t *testing.T) {
	s := open(t)
	dir := t.TempDir()
	s.typed("export HISTFILE=" + dir + "/history TYPEAHEAD=" + dir + "/ahead PS1='\\{" + dir + "/place}> '; sh\r")
	s.await("> ")
	s.typed("echo here >" + dir + "/place; printf 'sh\\necho $((40+1))\\nexit\\necho $((40+2))\\n' >" + dir + "/ahead\r")
	s.await("here> sh\r\n")
	s.await("here> echo $((40+1))\r\n41\r\n")
	s.await("here> exit\r\n")
	s.await("here> echo $((40+2))\r\n42\r\n")
	s.await("here> ")
	s.typed("40+1\x12\r") // Ctrl-R
	s.await("41\r\n")
	s.await("here> ")
	s.typed("history\r")
	s.await("    2  sh\r\n    3  echo $((40+1))\r\n    4  exit\r\n    5  echo $((40+2))\r\n")
}

// Who has exchanged the root of their shell still has the words that it was given, its
// prompt and its history.
func TestTerminalWordsOutliveTheRoot(t *testing.T) {
	if r := run(t, "", "unshare", "-Urm", "true"); r.status != 0 {
		t.Skipf("this machine gives no user namespaces: %s", r.err)
	}
	s := open(t)
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/told", []byte("#!/bin/sh\necho told $1; echo later >"+dir+"/place\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.typed("echo first >" + dir + "/place; export HISTFILE=" + dir + "/history WORDS=" + dir + "/told PS1='\\{" + dir + "/place}> '; unshare -Urm sh\r")
	s.await("first> ")
	s.typed("box=$(readlink -f $(command -v sh)); mkdir " + dir + "/new; mount -t tmpfs x " + dir + "/new; cd " + dir + "/new; mkdir old bin; cp $box bin/sh; cp $box bin/umount\r")
	s.await("first> ")
	s.typed("pivot_root . old; cd /; PATH=/bin; umount -l /old; echo /*\r")
	s.await("/bin /old\r\n")
	s.typed("told it\r")
	s.await("told it\r\n")
	s.await("later> ")
	s.typed("cd /; told\r")
	s.await("told\r\n")
	if text, err := os.ReadFile(dir + "/history"); err != nil || !strings.Contains(string(text), "told it\n") {
		t.Errorf("the history has %q, %v", text, err)
	}
	s.await("later> ")
	s.typed("sh\r") // begins under this root
	s.await("> ")
	s.typed("told\r")
	s.await("told: not found in this root: exit leaves it")
}
