package sandbox

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"drydock/mini-docker/namespace"
	"drydock/mini-docker/rawterm"
	"drydock/mini-docker/sandbox/call"
	"drydock/mini-docker/sandbox/guest"
	"drydock/mini-docker/sandbox/helper"
	"drydock/mini-docker/socketpair"

	"golang.org/x/sys/unix"
)

// MaybeInit turns this program into a sandbox's first process if that is what
// it was started as, and never returns then. It is the first thing main calls.
func MaybeInit() {
	rawterm.MaybeGuard() // of the terminal that a command in a sandbox stands for
	helper.MaybeMain()
}

// Program opens what the processes of a sandbox are executed from: a program whose
// main calls MaybeInit. Who carries the small one for that (package program) sets it
// before the first Start.
var Program = func() (*os.File, error) { return namespace.Executable(namespace.SelfExe) }

// openProgram is Program, or this one where that cannot be had: where the kernel
// refuses files in memory (vm.memfd_noexec), or it was not built in.
func openProgram() (*os.File, error) {
	if file, err := Program(); err == nil {
		return file, nil
	}
	return namespace.Executable(namespace.SelfExe)
}

// startTime is what a start may take on the slowest of machines: usually it
// takes milliseconds.
const startTime = time.Minute

var errSlow = fmt.Errorf("the sandbox was not ready after %v: something in the kernel hangs", startTime)

// Start makes a sandbox. When it returns, its root is ready for Exec. The
// sandbox lives until Close, or until this process ends; ctx is for the start
// only, and for the context that Spec.Serve gets, without its end.
func Start(ctx context.Context, s Spec) (_ *Sandbox, err error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	dir, err := mountPoint(s.Scratch)
	if err != nil {
		return nil, err
	}
	config := guest.Config{Hostname: cmp.Or(s.Hostname, "drydock"), MountPoint: dir, HostCalls: s.Serve != nil}
	given, err := openGiven(s, &config)
	if err != nil {
		return nil, err
	}
	defer given.close()
	control, err := listenControl(s.Control)
	if err != nil {
		return nil, err
	}
	scratch := scratchOf(s, &config)
	given.scratch = scratch.file()
	made := make(chan *outside)
	go func() { made <- makeOutside(s, scratch, given.program) }()
	init, notLent, err := launchWithLoan(s, given, &config)
	if err != nil {
		return nil, errors.Join(explain(err, os.DirFS("/")), (<-made).remove(), control.close())
	}
	if control != nil {
		init.serveControl(control)
	}

	report, err := init.setUpInTime(ctx, s.Serve, config, made)
	if err != nil {
		err = errors.Join(explain(err, os.DirFS("/")), init.close())
		return nil, init.withLastWords(err)
	}
	return &Sandbox{Refused: append(init.outside.refused, report.Refused...), NotLent: notLent, dial: init.dial, root: RootInside(s.DropToUser), init: init}, nil
}

// given are the open files that a sandbox is made of.
type given struct {
	program *os.File
	base    *os.File
	files   []*os.File
	scratch *os.File // nil for none; its owner closes it
}

// openGiven opens the base, the program and those that go inside: whoever is root inside may not get
// past the directories above them.
func openGiven(s Spec, config *guest.Config) (_ *given, err error) {
	g := &given{}
	if g.base, err = openBase(s.Base); err != nil {
		return nil, err
	}
	if g.program, err = openProgram(); err != nil {
		g.close()
		return nil, err
	}
	for _, each := range s.Files {
		file, err := os.Open(each.Source)
		if err != nil {
			g.close()
			return nil, fmt.Errorf("putting a program of the host into the sandbox: %w", err)
		}
		g.files = append(g.files, file)
		config.Files = append(config.Files, each.Target)
	}
	return g, nil
}

func (g *given) close() {
	g.base.Close()
	g.program.Close()
	for _, file := range g.files {
		file.Close()
	}
}

// mountPoint finds a directory that init can mount the new root over, in its
// own view: any one that exists and does not hide the scratch directory, or
// another one. A directory made for the purpose would be left behind by a SIGKILL.
func mountPoint(visible ...string) (string, error) {
	hides := func(dir string) bool {
		return slices.ContainsFunc(visible, func(path string) bool { return strings.HasPrefix(path+"/", dir+"/") })
	}
	for _, dir := range []string{"/mnt", "/media", "/srv", "/opt", "/boot", "/var/tmp", "/tmp", "/run", "/home", "/usr", "/etc"} {
		// Links are left alone: pivot_root works on what they lead to.
		if info, err := os.Lstat(dir); err == nil && info.IsDir() && !hides(dir) {
			return dir, nil
		}
	}
	return "", errors.New("no directory is there to build the sandbox's root on, as /mnt would be: make it")
}

// openBase opens the tree that the root is filled from.
func openBase(dir string) (*os.File, error) {
	base, err := os.OpenFile(dir, unix.O_DIRECTORY, 0)
	if errors.Is(err, fs.ErrNotExist) || dir == "" {
		return nil, fmt.Errorf("%w: %q: build it with `make build`", ErrNoBase, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the sandbox's base: %w", err)
	}
	return base, nil
}

// tell sends init the next thing that it waits for.
func (p *initProcess) tell(what any) error {
	if err := json.NewEncoder(p.connection).Encode(what); err != nil {
		return fmt.Errorf("telling the sandbox's first process what to do: %w", err)
	}
	return nil
}

// setUpInTime has init build the sandbox before startTime is over, and serves what it
// asks outside from then on.
func (p *initProcess) setUpInTime(ctx context.Context, serve func(context.Context, Request) int, config guest.Config, made <-chan *outside) (guest.Report, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, startTime, errSlow)
	defer cancel()
	stop := context.AfterFunc(ctx, p.kill)
	report, hostSocket, err := p.setUp(config, made)
	if !stop() {
		err = context.Cause(ctx)
	}
	if err == nil && hostSocket != nil {
		err = p.serve(context.WithoutCancel(ctx), hostSocket, serve)
	}
	return report, err
}

// setUp has init build the sandbox, and returns when it has. What is made
// outside meanwhile init needs for the last steps only.
func (p *initProcess) setUp(config guest.Config, made <-chan *outside) (report guest.Report, hostSocket *os.File, err error) {
	err = p.tell(config)
	p.outside = <-made
	if err == nil {
		err = p.tell(guest.Joined{Cgroups: p.outside.join(p.pid)})
	}
	if err != nil {
		return report, nil, err
	}
	text := make([]byte, 64<<10)
	files, n, err := call.ReceiveFiles(p.connection, text)
	if err == nil {
		err = json.Unmarshal(text[:n], &report)
	}
	if err != nil {
		return report, nil, fmt.Errorf("waiting for the sandbox's first process: %w", err)
	}
	if len(files) == 1 {
		hostSocket = files[0]
	}
	return report, hostSocket, errorOf(report.Error, report.Kind)
}

// dial connects to init: it gets one end of a new pair of sockets.
func (p *initProcess) dial() (*net.UnixConn, error) {
	ours, theirs, err := socketpair.New("sandbox")
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	_, _, err = p.connection.WriteMsgUnix([]byte{0}, unix.UnixRights(int(theirs.Fd())), nil)
	if err != nil {
		ours.Close()
		return nil, fmt.Errorf("calling the sandbox: %w: %w", ErrEnded, err)
	}
	return ours, nil
}
