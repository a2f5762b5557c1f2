package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"drydock/testscripts/wait"
)

// asleep waits until the shell's only child is the program, and returns it.
func (s *screen) asleep(argv ...string) (pid string) {
	s.t.Helper()
	s.until(strings.Join(argv, " "), func() bool {
		for _, pid = range children(s.shell.Process.Pid) {
			if commandOf(pid) == strings.Join(argv, "\x00")+"\x00" {
				return true
			}
		}
		return false
	})
	return pid
}

// deeper waits until a child of the shell has a child of that name.
func (s *screen) deeper(name string) (pid string) {
	s.t.Helper()
	s.until(name+" below a child", func() bool {
		for _, child := range children(s.shell.Process.Pid) {
			for _, pid = range children(pidOf(child)) {
				if strings.HasPrefix(commandOf(pid), name+"\x00") {
					return true
				}
			}
		}
		return false
	})
	return pid
}

// inFront waits until a process group has the terminal.
func (s *screen) inFront(group string) {
	s.t.Helper()
	s.until("group "+group+" in front", func() bool {
		var front int
		err := s.asked(func(fd int) (err error) {
			front, err = unix.IoctlGetInt(fd, unix.TIOCGPGRP)
			return err
		})
		return err == nil && itoa(front) == group
	})
}

// state is the letter of a process' state: proc_pid_stat(5).
func state(pid string) string { return stateIn("/proc/" + pid + "/stat") }

func stateIn(stat string) string {
	text, _ := os.ReadFile(stat)
	_, rest, _ := strings.Cut(string(text), ") ")
	rest, _, _ = strings.Cut(rest, " ")
	return rest
}

// stopped reports whether a process has stopped. That is when the last of its
// threads has, and only then does its parent hear of it: wait4(2), WUNTRACED.
// The state of the process is that of its first thread.
func stopped(pid string) bool {
	threads, _ := filepath.Glob("/proc/" + pid + "/task/*/stat")
	for _, stat := range threads {
		if stateIn(stat) != "T" {
			return false
		}
	}
	return len(threads) > 0
}

func TestTerminalCtrlZStopsAJob(t *testing.T) {
	s := open(t)
	s.typed("sleep 60; echo never\r")
	s.inFront(s.asleep("sleep", "60"))
	s.typed("\x1a")
	s.await("[1]+ Stopped  sleep 60\r\n")
	s.await("> ") // the terminal may say ^Z before it
	if sleep := s.asleep("sleep", "60"); !stopped(sleep) {
		t.Errorf("the job is in state %s, want T", state(sleep))
	}
	s.typed("echo st$?; jobs\r")
	s.await("st148\r\n[1]+ ")
	s.await(" Stopped  sleep 60\r\n> ")
	s.typed("bg\r")
	s.await("[1]+ sleep 60 &\r\n> ")
	s.until("a job that goes on", func() bool { return state(s.asleep("sleep", "60")) == "S" })
	s.typed("jobs\r")
	s.await(" Running  sleep 60\r\n> ")
	s.typed("fg\r")
	s.await("sleep 60\r\n")
	s.inFront(s.asleep("sleep", "60"))
	s.typed("\x1a")
	s.await("[1]+ Stopped  sleep 60\r\n")
	s.await("> ") // the terminal may say ^Z before it
	s.typed("fg %1\r")
	s.await("sleep 60\r\n")
	s.inFront(s.asleep("sleep", "60"))
	s.typed("\x03")
	s.await("> ")
	s.typed("echo st$?; fg\r")
	s.await("st130\r\nsh: fg: no such job\r\n> ")
	s.typed("exit 3\r")
	if got := s.finished(); got != 3 {
		t.Errorf("the shell ended with %d, want 3", got)
	}
}

func TestTerminalKillEndsAStoppedJob(t *testing.T) {
	s := open(t)
	s.typed("sh -c 'sleep 60; :'\r")
	group := s.asleep("sh", "-c", "sleep 60; :")
	s.deeper("sleep") // a shell that is just starting a program cannot be stopped
	s.inFront(group)
	s.typed("\x1a")
	s.await("> ")
	s.typed("kill %1; wait %1; echo st$?\r")
	s.await("st143\r\n")
	s.await("> ")
	s.typed("exit\r")
	s.finished()
}

// A shell in a shell has the terminal for its own jobs, and gives it back.
func TestTerminalCtrlZInAShellInAShell(t *testing.T) {
	s := open(t)
	s.typed("sh\r")
	s.await("> ")
	s.typed("sleep 60\r")
	s.inFront(s.deeper("sleep"))
	s.typed("\x1a")
	s.await("[1]+ Stopped  sleep 60\r\n")
	s.await("> ") // the terminal may say ^Z before it
	s.typed("exit 4\r")
	s.await("> ")
	s.typed("echo outer$?; jobs\r")
	s.await("outer4\r\n> ")
	s.inFront(itoa(s.shell.Process.Pid))
	s.typed("exit\r")
	s.finished()
}

// A shell that a program in front has started leaves the program's group for one
// of its own. The terminal goes back to the program with its modes as they were:
// who sets them from the background is stopped, tcsetattr(3).
func TestTerminalAShellBelowAProgramEnds(t *testing.T) {
	s := open(t)
	for _, exit := range []string{"exit 4\r", "(exit 4)\r\x04"} {
		s.typed("unshare -f sh\r")
		s.await("> ")
		s.inFront(s.deeper("sh"))
		s.typed(exit)
		s.inFront(itoa(s.shell.Process.Pid))
		s.typed("echo outer$?\r")
		s.await("outer4\r\n> ")
	}
	s.typed("exit\r")
	s.finished()
}

// The sides of a pipe run in the shell's process or its group. None of them can
// be stopped alone, so Ctrl-Z does nothing to them. It takes a second shell to
// see it: a first one's group is orphaned, and the kernel stops none of those.
func TestTerminalCtrlZInAPipe(t *testing.T) {
	s := open(t)
	s.typed("sh\r")
	s.await("> ")
	s.typed("sleep 60 | cat; echo st$?\r")
	sleep := s.deeper("sleep")
	s.until("a cooked terminal", s.cooked)
	s.typed("\x1a")
	s.await("^Z")
	s.typed("what follows")
	s.await("what follows") // echoed, so the terminal has taken it all
	s.until("sleep to go on", func() bool { return state(sleep) == "S" })
	s.typed("\x03")
	s.await("> ")
	s.typed("echo on\r")
	s.await("on\r\n> ")
	s.typed("exit\rexit\r")
	s.finished()
}

// told asks for prompts until the shell tells of a job, which it does before one.
func (s *screen) told(how string) {
	s.t.Helper()
	for deadline := time.Now().Add(wait.Deadline); ; {
		s.until("a prompt", func() bool { return strings.HasSuffix(s.text(), "> ") })
		if strings.Contains(s.text(), how+"\r\n") {
			s.await(how + "\r\n> ")
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the shell does not tell %q", how)
		}
		s.await("> ")
		s.typed(":\r")
		s.await(":\r\n") // as it was typed
	}
}

func TestTerminalTellsHowJobsEnd(t *testing.T) {
	s := open(t)
	for script, want := range map[string]string{
		"sh -c 'exit 7'":     "Exit 7  sh -c exit 7",
		"sh -c 'kill $$'":    "Terminated  sh -c kill $$",
		"sh -c 'kill -9 $$'": "Killed  sh -c kill -9 $$",
		"true":               "Done  true",
	} {
		s.typed(script + " &\r")
		s.await("[1] ")
		s.told(want)
	}
	s.typed("cat &\r") // it may not read what is typed for the shell
	s.await("[1] ")
	s.until("cat to stop", func() bool { return stopped(s.asleep("cat")) })
	s.told("[1]+ Stopped  cat")
	s.typed("fg\r")
	s.inFront(s.asleep("cat"))
	s.until("a cooked terminal", s.cooked)
	s.typed("hello\r")
	s.await("hello\r\nhello\r\n")
	s.typed("\x04")
	s.await("> ")
	s.typed("exit\r")
	s.finished()
}

// What a job ended with can be asked for after the shell has told of it.
func TestTerminalWaitForAJobThatWasToldOf(t *testing.T) {
	s := open(t)
	s.typed("sh -c 'exit 7' & early=$!\r")
	s.await("[1] ")
	s.told("[1]+ Exit 7  sh -c exit 7")
	s.typed("wait $early; echo st$?; wait $early; echo st$?\r")
	s.await("st7\r\nst127\r\n")
	s.typed("exit\r")
	s.finished()
}
