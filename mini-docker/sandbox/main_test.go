package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"drydock/testscripts/static"

	"golang.org/x/sys/unix"
)

// The test binary is also every program inside the sandboxes of the tests, by
// the name it is called, and, started by the tests, the process outside.
func TestMain(m *testing.M) {
	static.Become()
	MaybeInit()
	if program, ok := programs()[filepath.Base(os.Args[0])]; ok {
		os.Exit(program(os.Args[1:]))
	}
	if !strings.HasPrefix(filepath.Base(os.Args[0]), "sandbox") {
		panic("no program " + os.Args[0]) // lest the tests run themselves, for ever
	}
	os.Exit(m.Run())
}

func programs() map[string]func([]string) int {
	return map[string]func([]string) int{
		"hostname": func([]string) int { return show(os.Hostname()) },
		"echo":     echo,
		"exit":     func(a []string) int { n, _ := strconv.Atoi(a[0]); return n },
		"env":      func([]string) int { return show(strings.Join(os.Environ(), "\n"), nil) },
		"pwd":      func([]string) int { return show(os.Getwd()) },
		"cat":      cat,
		"ls":       ls,
		"write":    func(a []string) int { return report(os.WriteFile(a[0], []byte(a[1]), 0o644)) },
		"append": func(a []string) int { // opens a file for writing, and writes nothing
			_, err := os.OpenFile(a[0], os.O_WRONLY, 0)
			return report(err)
		},
		"mkdir":       func(a []string) int { return report(os.MkdirAll(a[0], 0o755)) },
		"remove":      func(a []string) int { return report(os.Remove(a[0])) },
		"block":       func([]string) int { return show("blocking", block()) },
		"mount":       mount,
		"orphan":      orphan,
		"kill":        kill,
		"again":       again,
		"limit":       limit,
		"freeze":      freeze,
		"eat":         eat,
		"ask":         ask,
		"try":         try,
		"typist":      typist,
		"stranger":    stranger,
		"scribble":    scribble,
		"keeper":      keeper,
		"starter":     starter,
		"tty":         tty,
		"interactive": interactive,
	}
}

func report(err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func show(text string, err error) int {
	fmt.Println(text)
	return report(err)
}

func cat(names []string) int {
	if len(names) == 0 {
		_, err := io.Copy(os.Stdout, os.Stdin)
		return report(err)
	}
	text, err := os.ReadFile(names[0])
	os.Stdout.Write(text)
	return report(err)
}

func ls(names []string) int {
	entries, err := os.ReadDir(names[0])
	for _, entry := range entries {
		fmt.Println(entry.Name())
	}
	return report(err)
}

// block says that it runs and then does nothing until it is killed.
func block() error {
	fmt.Println("blocking")
	for {
		unix.Pause()
	}
}

// orphan leaves a child behind that nobody waits for.
func orphan([]string) int { return report(exec.Command("/bin/block").Start()) }

// kill ends a process.
func kill(args []string) int {
	pid, err := strconv.Atoi(args[0])
	if err == nil {
		err = unix.Kill(pid, unix.SIGKILL)
	}
	return report(err)
}

// mount mounts a file system of the kind of the first argument on the second,
// with the options of the third, of which "ro" is a flag.
func mount(args []string) int {
	var flags uintptr
	if args[2] == "ro" {
		flags, args[2] = unix.MS_RDONLY, ""
	}
	if err := os.MkdirAll(args[1], 0o755); err != nil {
		return report(err)
	}
	return report(unix.Mount(args[0], args[1], args[0], flags, args[2]))
}

// again runs a command in further new namespaces, with one for users if the
// first argument is "user".
func again(args []string) int {
	command := exec.Command(args[1], args[2:]...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS}
	if args[0] == "user" {
		// sysfs shows interfaces: it takes power over the network namespace.
		command.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER | unix.CLONE_NEWNET
		command.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: 0, Size: 1}}
		command.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: 0, Size: 1}}
	}
	return report(command.Run())
}

func ask(args []string) int {
	exit, err := Ask(context.Background(), HostSocket, args, [3]*os.File{os.Stdin, os.Stdout, os.Stderr})
	if err != nil {
		return report(err)
	}
	return exit
}

// starter starts a sandbox with a command and waits to be killed. It runs
// outside.
func starter(args []string) int {
	box, err := Start(context.Background(), Spec{
		Base: args[0], Control: args[1], Cgroups: true, DropToUser: args[2] == "user",
		Lent: []Lent{{Source: args[0], Name: "base"}},
	})
	if err != nil {
		return report(err)
	}
	fmt.Println(box.PID())
	box.Exec(context.Background(), Command{Args: []string{"block"}, Stdout: os.Stdout})
	return 0
}

// interactive runs the program tty in a sandbox, on its own terminal: a new
// sandbox of the given base, or one that runs already. It runs outside.
func interactive(args []string) int {
	box, err := Attach(args[1])
	if errors.Is(err, ErrEnded) {
		box, err = Start(context.Background(), Spec{Base: args[0], Control: args[1], DropToUser: args[2] == "user"})
	}
	if err != nil {
		return report(err)
	}
	defer box.Close()
	exit, err := box.Exec(context.Background(), Command{
		Args: []string{"tty"}, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	})
	group, _ := unix.IoctlGetInt(0, unix.TIOCGPGRP)
	state, _ := unix.IoctlGetTermios(0, unix.TCGETS)
	fmt.Println("exit", exit, err, "foreground", group == unix.Getpgrp(), "echo", state.Lflag&unix.ECHO != 0)
	return 0
}

// tty tells about the lines and signals that it gets from its terminal, whose
// echo it switches off, as an editor would.
func tty([]string) int {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, unix.SIGINT, unix.SIGWINCH)
	state, err := unix.IoctlGetTermios(0, unix.TCGETS)
	if err != nil {
		return report(err)
	}
	state.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(0, unix.TCSETSW, state); err != nil {
		return report(err)
	}
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(os.Stdin); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	_, err = os.Open("/dev/tty")
	fmt.Println("ready, /dev/tty:", err == nil)
	for {
		select {
		case received := <-signals:
			size, _ := unix.IoctlGetWinsize(0, unix.TIOCGWINSZ)
			fmt.Println("signal", received, "columns", size.Col)
		case line, ok := <-lines:
			if !ok {
				return 3
			}
			fmt.Println("line", line)
		}
	}
}
