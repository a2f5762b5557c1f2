package sandbox

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// The test binary is also every program inside the sandboxes of the tests, by
// the name it is called, and, started by the tests, the process outside.
func TestMain(m *testing.M) {
	MaybeInit()
	if program, ok := programs()[filepath.Base(os.Args[0])]; ok {
		os.Exit(program(os.Args[1:]))
	}
	os.Exit(m.Run())
}

func programs() map[string]func([]string) int {
	return map[string]func([]string) int{
		"hostname": func([]string) int { return show(os.Hostname()) },
		"exit":     func(a []string) int { n, _ := strconv.Atoi(a[0]); return n },
		"env":      func([]string) int { return show(strings.Join(os.Environ(), "\n"), nil) },
		"pwd":      func([]string) int { return show(os.Getwd()) },
		"cat":      cat,
		"ls":       ls,
		"write":    func(a []string) int { return report(os.WriteFile(a[0], []byte(a[1]), 0o644)) },
		"block":    func([]string) int { return show("blocking", block()) },
		"mount": func(a []string) int {
			os.MkdirAll(a[1], 0o755)
			return report(unix.Mount(a[0], a[1], a[0], 0, a[2]))
		},
		"orphan":  orphan,
		"again":   again,
		"ask":     ask,
		"starter": starter,
		"tty":     tty,
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

// orphan leaves a child behind that has ended and that nobody waits for.
func orphan([]string) int {
	command := exec.Command("/bin/cat")
	command.Stdin = os.Stdin // ends when the test closes it
	return report(command.Start())
}

// again runs a command in further new namespaces: "user" as a comma-separated
// first argument adds one of that kind.
func again(args []string) int {
	command := exec.Command(args[1], args[2:]...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS}
	if args[0] == "user" {
		command.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
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
	box, err := Start(context.Background(), Spec{Base: args[0], Control: args[1], DropToUser: args[2] == "user"})
	if err != nil {
		return report(err)
	}
	fmt.Println(box.PID())
	box.Exec(context.Background(), Command{Args: []string{"block"}, Stdout: os.Stdout})
	return 0
}

// tty tells what it knows of its terminal, for each line that it reads.
func tty([]string) int {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		group, err := unix.IoctlGetInt(0, unix.TIOCGPGRP)
		_, openErr := os.Open("/dev/tty")
		fmt.Println(lines.Text(), "foreground", group == unix.Getpgrp(), err, "/dev/tty", openErr)
	}
	return 0
}
