// Command box is the userland of the base image mini/box: a shell and the
// commands around it in one static program, which looks at the name it was
// started by. `box APPLET …` runs one by name, `box --list` lists them, and
// `box --install DIR` makes the links.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

func main() {
	// Most applets end before their heap, of a megabyte or less, is worth a
	// collection, which would start threads that count against a pids limit.
	debug.SetGCPercent(400)
	applet.DefaultSignals()
	// A login shell is started with a dash before its name.
	name := strings.TrimPrefix(filepath.Base(os.Args[0]), "-")
	args := os.Args[1:]
	if name == "box" {
		if len(args) == 0 || strings.HasPrefix(args[0], "-") {
			os.Exit(self(args))
		}
		name, args = filepath.Base(args[0]), args[1:]
	}
	carry(name)
	a, ok := find(name)
	if !ok {
		fmt.Fprintf(os.Stderr, "box: no applet '%s' (`box --list` lists them)\n", name)
		os.Exit(applet.NotFound)
	}
	os.Exit(applet.Run(a, applet.New(a), args))
}

// carry gives the process its applet's name where the kernel took that of
// /proc/self/exe, by which box starts itself: ps and /proc/PID/stat show the
// name of the file that was executed. It is written to the file rather than by
// prctl(2), which names the calling thread: what counts is the first one.
func carry(name string) {
	var comm [16]byte // TASK_COMM_LEN
	err := unix.Prctl(unix.PR_GET_NAME, uintptr(unsafe.Pointer(&comm)), 0, 0, 0)
	if err == nil && unix.ByteSliceToString(comm[:]) == "exe" {
		os.WriteFile("/proc/self/comm", []byte(name), 0) // without it only the name is less good
	}
}

func find(name string) (applet.Applet, bool) {
	for _, a := range table() {
		if a.Name == name {
			return a, true
		}
	}
	return applet.Applet{}, false
}

// self does what box does in its own name.
func self(args []string) int {
	switch {
	case len(args) == 1 && args[0] == "--list":
		for _, a := range table() {
			fmt.Println(a.Name)
		}
		return applet.OK
	case len(args) == 2 && args[0] == "--install":
		if err := install(args[1]); err != nil {
			fmt.Fprintln(os.Stderr, "box:", err)
			return applet.Failed
		}
		return applet.OK
	}
	fmt.Fprintln(os.Stderr, "usage: box APPLET [ARGUMENT]... | --list | --install DIR")
	if len(args) == 1 && args[0] == "--help" {
		return applet.OK
	}
	return applet.Misused
}

// install fills dir with a link to this program for every applet.
func install(dir string) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	if filepath.Dir(program) == filepath.Clean(dir) {
		program = filepath.Base(program)
	}
	for _, a := range table() {
		link := filepath.Join(dir, a.Name)
		if err := os.Symlink(program, link); err != nil && !os.IsExist(err) {
			return fmt.Errorf("installing %s: %w", a.Name, err)
		}
	}
	return nil
}
