// Package service holds the programs that have something wrong with them in fix
// labs. They are drydock itself under other names: a sandbox has no other
// program that can be made to misbehave by order.
//
// Each starts some children, which end at once, and should then wait for them
// (wait(2)), so that none stays as a zombie. What is wrong with it, it is told on
// standard input, if that is a file or a pipe, and lets go of it at once, so that
// it is nowhere to be read later; started by hand it works.
//
//	ln -s drydock /usr/local/bin/baker
//	echo never-waits > order
//	baker < order &
//	cat /var/log/baker.log
//
// It can be looked into as a service can: --help says what it is for, and its log what
// it has done. What it has left out stands in neither.
package service

import (
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Names returns the names under which drydock is a service.
func Names() []string { return []string{"baker", clerk, "courier", "printer"} }

// clerk has nothing wrong with it, and keeps on standard input whatever it was given
// there: so a check can tell the file from another of the same name.
const clerk = "clerk"

// What can be wrong with a service.
const (
	neverWaits   = "never-waits"   // it does not ask how its children ended
	isStopped    = "is-stopped"    // it would, but SIGSTOP came first
	waitsForOne  = "waits-for-one" // it asks for a child that goes on living
	waitsOnlyOne = "waits-once"    // it asks once for each SIGCHLD
)

// Limits of what a service does.
const (
	children = 6
	longLife = "86400" // seconds
)

// MaybeServe does not return when this program was started as a service.
func MaybeServe() {
	if !slices.Contains(Names(), filepath.Base(os.Args[0])) {
		return
	}
	if len(os.Args) > 1 {
		os.Exit(tell(os.Args[1:]))
	}
	// The wait has to happen in the thread that /proc/PID/wchan tells of.
	runtime.LockOSThread()
	_, _ = unix.Setsid() // fails for who leads a group: a shell's job does already
	wrong, notes := "", log.New(io.Discard, "", 0)
	if name := filepath.Base(os.Args[0]); name != clerk {
		wrong, notes = told(), journal(name)
	}
	serve(wrong, notes)
	for {
		time.Sleep(time.Hour)
	}
}

// told reads what is to go wrong. A terminal is not read: to do so in the
// background would stop the program.
func told() string {
	var stat unix.Stat_t
	if err := unix.Fstat(0, &stat); err != nil || stat.Mode&unix.S_IFMT == unix.S_IFCHR {
		return ""
	}
	defer letGo()
	word := make([]byte, 32)
	n, err := os.Stdin.Read(word)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(word[:n]))
}

// letGo puts /dev/null in the place of standard input.
func letGo() {
	null, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return // then the order stays readable, which harms a little
	}
	_ = unix.Dup3(null, 0, 0)
	_ = unix.Close(null)
}

// serve starts the children and treats them as it was told. A child that cannot
// be started is not missed.
func serve(wrong string, notes *log.Logger) {
	arrived := make(chan os.Signal, 1)
	if wrong == waitsOnlyOne {
		// One place, as the kernel has one bit: a signal that comes while one
		// like it is pending adds nothing (signal(7), standard signals).
		signal.Notify(arrived, unix.SIGCHLD)
	} else {
		defaultAction(unix.SIGCHLD)
	}
	long := 0
	if wrong == waitsForOne {
		long = start("/bin/sleep", longLife)
		notes.Printf("started a long errand, process %d", long)
	}
	var started []int
	for range children {
		started = append(started, start("/bin/true"))
	}
	notes.Printf("started %d short errands, processes %d to %d", children, started[0], started[children-1])
	switch wrong {
	case neverWaits:
		return
	case isStopped:
		_ = unix.Kill(os.Getpid(), unix.SIGSTOP)
	case waitsForOne:
		notes.Printf("asking with wait(2) how process %d has ended, before the others", long)
		wait(long)
	case waitsOnlyOne:
		for _, pid := range started { // none is asked for before all have ended
			_ = unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		}
		for range arrived {
			pid, _ := unix.Wait4(-1, nil, unix.WNOHANG, nil)
			notes.Printf("CHLD came: asked once with wait(2), and process %d had ended", pid)
		}
	}
	wait(-1)
	notes.Print("asked with wait(2) how each has ended, until none was left")
}

// start starts a child and returns its number, -1 if there is none.
func start(args ...string) int {
	pid, err := syscall.ForkExec(args[0], args, &syscall.ProcAttr{Env: os.Environ()})
	if err != nil {
		return -1
	}
	return pid
}

// wait asks for a child, or with -1 for any, until there is none left.
func wait(pid int) {
	for {
		_, err := unix.Wait4(pid, nil, 0, nil)
		if err != nil && err != unix.EINTR {
			return // ECHILD
		}
	}
}

// defaultAction takes Go's own handler away: in the Sig lines of
// /proc/PID/status the program is then like one that cares for no signal.
func defaultAction(sig unix.Signal) {
	// struct sigaction of the kernel: handler, flags, restorer, mask, eight
	// bytes each on amd64 and arm64. All zero is SIG_DFL. See rt_sigaction(2).
	var action [4]uint64
	_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0)
}
