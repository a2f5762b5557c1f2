// Package guest is what a sandbox does inside: its first process ("init"),
// which builds the file system, and then reaps orphans and runs commands for
// the processes outside.
//
// The package sandbox clones a child of the running program into new
// namespaces, with Arg as its argv[0], and talks to it over a socket pair:
//
//	sandbox (outside)                   guest (inside, process 1)
//	   │ ── Config ────────────────────▶ │  builds the root
//	   │    moves it into its cgroups     ┆
//	   │ ── Joined ────────────────────▶ │  mounts them, enters the root
//	   │ ◀────────────────────── Report ─ │  with the host socket, if asked for
//	   │ ── a connection, for each call ▶ │  answers it (see package call)
//	   ┆                                  ┆
//	   │ ── end of file ───────────────▶ │  exits, and everything inside dies
//
// Root inside may do with init what it likes, ptrace included: it is a process of
// theirs. So init holds nothing that leads out: once the root is built, there is
// the socket pair, on which nothing that it says is believed, and no file.
package guest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"runtime"
	"syscall"

	"drydock/mini-docker/namespace"
	"drydock/mini-docker/rootfs"
	"drydock/mini-docker/sandbox/call"

	"golang.org/x/sys/unix"
)

// Arg is argv[0] of a sandbox's first process: how the program knows what it
// was started as, and what ps shows inside.
const Arg = "sandbox-init"

// HostSocket is where a program inside asks the process outside, when that
// answers calls.
const HostSocket = "/run/drydock/host.sock"

// StateDir is where mini-docker keeps its state inside: a tmpfs of its own,
// since the upper directories of overlays must not lie on an overlay.
const StateDir = "/var/lib/mini-docker"

// LentDir is where what the host lends is seen: see package lend.
const LentDir = "/run/drydock/lent"

// The descriptors that init inherits beside the standard streams.
const (
	exeFD     = 3 + iota // what it was executed from, not needed any more
	mainFD               // the socket pair
	baseFD               // the base directory
	scratchFD            // a directory on the host's disk, if Config.Scratch
	filesFD              // the first of Config.Files
)

// Config is what init must know.
type Config struct {
	Files      []string // where the programs at filesFD and after go
	Hostname   string
	MountPoint string // a directory of the host that the root is mounted over, inside only
	Scratch    bool   // scratchFD is there
	Lent       string // where what is lent is mounted outside, see package lend; "" for nothing
	HostCalls  bool   // make HostSocket
}

// Joined says which cgroups init has been moved into meanwhile: none where this
// user can make none.
type Joined struct{ Cgroups []Cgroup }

// Report tells how building the sandbox went.
type Report struct {
	Error   string   `json:",omitempty"`
	Kind    string   `json:",omitempty"`
	Refused []string `json:",omitempty"` // what this kernel would not do, and the sandbox can do without
}

// Main is the life of a sandbox's first process. It returns its exit status.
func Main() int {
	// The thread that gives up capabilities is the one that starts commands.
	runtime.LockOSThread()
	// Executed through a descriptor, the process would go by its number.
	os.WriteFile("/proc/self/comm", []byte(Arg), 0)
	if unix.CloseRange(exeFD, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) != nil {
		return 1
	}
	// Only who has CAP_SYS_PTRACE in the sandbox may look into it: no container.
	unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	unix.Close(exeFD)
	outside, err := connectionOf(mainFD)
	if err != nil {
		return 1
	}
	guest := &guest{outside: json.NewDecoder(outside), commands: newCommands()}
	if err := guest.outside.Decode(&guest.config); err != nil {
		return 1 // nobody is there to tell
	}
	hostSocket, err := guest.build()
	report := Report{Refused: guest.refused}
	if err != nil {
		report.Error, report.Kind = err.Error(), kindOf(err)
	}
	if sendReport(outside, report, hostSocket) != nil || err != nil {
		return 1
	}
	return guest.serve(outside)
}

// guest is a sandbox as seen from inside.
type guest struct {
	config   Config
	outside  *json.Decoder // until the report is sent
	refused  []string
	commands *commands
}

// build makes everything of the sandbox, and returns the socket for HostSocket
// if one is wanted.
func (g *guest) build() (*os.File, error) {
	if err := namespace.LoopbackUp(); err != nil {
		return nil, err
	}
	if err := unix.Sethostname([]byte(g.config.Hostname)); err != nil {
		return nil, fmt.Errorf("setting the host name: %w", err)
	}
	if err := g.buildRoot(); err != nil {
		return nil, err
	}
	if err := rootfs.PivotRoot(g.config.MountPoint); err != nil {
		return nil, err
	}
	var hostSocket *os.File
	if g.config.HostCalls {
		var err error
		if hostSocket, err = listenHost(); err != nil {
			return nil, err
		}
	}
	return hostSocket, dropCapabilities()
}

// listenHost opens the socket that leads out. The process outside accepts on
// it: a listening socket can be passed on like any open file.
func listenHost() (*os.File, error) {
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: HostSocket, Net: "unix"})
	if err != nil {
		return nil, err
	}
	listener.SetUnlinkOnClose(false)
	defer listener.Close()
	return listener.File()
}

// serve answers calls from outside until the process that started the sandbox
// is gone: its end of file is the second means beside the parent-death signal,
// which the kernel drops in some cases. See PR_SET_PDEATHSIG(2const).
func (g *guest) serve(outside *net.UnixConn) int {
	go g.commands.reap()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		g.acceptPassed(outside)
	}()
	g.commands.startUntil(gone)
	return 0 // the kernel kills the rest of the PID namespace
}

// acceptPassed answers the calls of the process that started the sandbox: for
// each it passes one end of a new socket pair.
func (g *guest) acceptPassed(outside *net.UnixConn) {
	for {
		files, _, err := call.ReceiveFiles(outside, make([]byte, 1))
		if err != nil {
			return
		}
		for _, file := range files {
			connection, err := net.FileConn(file)
			file.Close()
			if unixConnection, ok := connection.(*net.UnixConn); err == nil && ok {
				go call.Answer(context.Background(), unixConnection, g.commands.answer)
			}
		}
	}
}

// sendReport sends the report and, unless it is nil, an open file with it.
func sendReport(outside *net.UnixConn, report Report, file *os.File) error {
	text, err := json.Marshal(report)
	if err != nil {
		return err
	}
	var rights []byte
	if file != nil {
		defer file.Close()
		rights = unix.UnixRights(int(file.Fd()))
	}
	_, _, err = outside.WriteMsgUnix(text, rights, nil)
	return err
}

// connectionOf makes a connection of an inherited descriptor.
func connectionOf(fd int) (*net.UnixConn, error) {
	file := os.NewFile(uintptr(fd), "outside")
	defer file.Close()
	connection, err := net.FileConn(file)
	if err != nil {
		return nil, err
	}
	return connection.(*net.UnixConn), nil
}

// The errors that keep their identity on the way out.
var (
	ErrNoTmpfs       = errors.New("no tmpfs")
	ErrProcRefused   = errors.New("the kernel refuses a /proc of the sandbox's own")
	ErrNotFound      = errors.New("command not found")
	ErrNotExecutable = errors.New("command not executable")
)

// ErrorOf tells which of the errors above, or of the kernel's, a kind names.
func ErrorOf(kind string) error {
	for _, sentinel := range sentinels() {
		if sentinel.Error() == kind {
			return sentinel
		}
	}
	return nil
}

func kindOf(err error) string {
	for _, sentinel := range sentinels() {
		if errors.Is(err, sentinel) {
			return sentinel.Error()
		}
	}
	return ""
}

func sentinels() []error {
	return []error{ErrNoTmpfs, ErrProcRefused, ErrNotFound, ErrNotExecutable, syscall.EPERM, syscall.EACCES}
}
