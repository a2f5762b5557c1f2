// Package life is the engine's side of a container's shim: it starts one, has it
// clone the container's first process, and talks to it for as long as anybody is
// interested.
//
//	shim, err := life.Start(life.Options{...})   // beside a container to be created
//	process, err := runtime.Create(ctx, runtime.CreateOptions{Parent: shim, ...})
//	err = shim.Started()                          // from here on it lives without us
//
//	connection, err := life.Dial(folder)          // later, from anywhere
//	err = connection.Attach(os.Stdout, os.Stderr)
//	connection.Listen()
//	exit, err := connection.Wait()
//
// The shim itself is mini-docker/shim, and wire the language between the two.
// What a container is, and what remains of it, is the engine's to know.
package life

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"drydock/mini-docker/runtime"
	"drydock/mini-docker/shim/program"
	"drydock/mini-docker/shim/wire"
	"drydock/mini-docker/socketpair"

	"golang.org/x/sys/unix"
)

// Options says for which container a shim is wanted.
type Options struct {
	ID        string
	Root, Run string   // the engine's folders
	Folder    *os.File // the container's, locked: the shim holds the lock as well

	Terminal  bool // the container has one: there are no streams
	Stdin     bool // it reads what is typed
	StdinOnce bool // and the first end of what is typed is the end of all
	Types     bool // we are who types

	Log wire.Log
}

// Shim is a shim that this process has started, and the connection to it.
type Shim struct {
	*Connection
	options Options
	pidfd   *os.File
	reaped  chan struct{} // closed when the shim has ended

	theirs [3]*os.File // ends of the container's streams, for the container
	ours   []*os.File  // and for the shim: input first, if there is any
}

// Start starts a shim. It ends by itself when Started is never called.
func Start(o Options) (*Shim, error) {
	path, err := program.Install(o.Root, program.Shim)
	if err != nil {
		return nil, err
	}
	mine, theirs, err := socketpair.New("shim")
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	s := &Shim{Connection: newConnection(mine), options: o, reaped: make(chan struct{})}
	if err := s.openStreams(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.launch(path, theirs); err != nil {
		s.closeStreams()
		return nil, errors.Join(fmt.Errorf("starting the container's shim: %w", err), s.Close())
	}
	return s, nil
}

// launch executes the shim, in a session of its own: what is sent to ours is not
// meant for it.
func (s *Shim) launch(path string, socket *os.File) error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	// Not open for reading, so that the program can be replaced meanwhile.
	engine, err := unix.Open("/proc/self/exe", unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(engine)
	pid, err := syscall.ForkExec(path, []string{wire.ShimArg, s.options.ID, s.options.Root, s.options.Run}, &syscall.ProcAttr{
		Dir: "/", Env: environment(),
		Files: []uintptr{null.Fd(), null.Fd(), null.Fd(), socket.Fd(), s.options.Folder.Fd(), uintptr(engine)},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return err
	}
	go func() { // a program that lives on must not keep it as a zombie
		defer close(s.reaped)
		for {
			if _, err := unix.Wait4(pid, nil, 0, nil); err != unix.EINTR {
				return
			}
		}
	}()
	return nil
}

// environment is the shim's: what keeps it small, and what mini-docker needs when
// the shim becomes it to clear away.
func environment() []string {
	list := []string{
		"GOMAXPROCS=1", "GOGC=10",
		// Else Go opens files of the cgroup, to read them again now and then.
		"GODEBUG=containermaxprocs=0,updatemaxprocs=0",
	}
	for _, name := range []string{"PATH", "HOME"} {
		if value, ok := os.LookupEnv(name); ok {
			list = append(list, name+"="+value)
		}
	}
	return list
}

// Streams are the ends of the container's standard streams that the container
// gets; nil for /dev/null. They are pipes of our own: given the caller's own
// files, a container could write to what it was to read, and read or empty what it
// was to append to.
func (s *Shim) Streams() (stdin, stdout, stderr *os.File) {
	return s.theirs[0], s.theirs[1], s.theirs[2]
}

func (s *Shim) openStreams() error {
	if s.options.Terminal {
		return nil
	}
	for i := range s.theirs {
		if i == 0 && !s.options.Stdin {
			continue
		}
		read, write, err := os.Pipe()
		if err != nil {
			s.closeStreams()
			return fmt.Errorf("opening a pipe: %w", err)
		}
		if i == 0 {
			s.theirs[i], s.ours = read, append(s.ours, write)
		} else {
			s.theirs[i], s.ours = write, append(s.ours, read)
		}
	}
	return nil
}

// closeStreams lets go of them: as long as we hold one, there is no end of file.
func (s *Shim) closeStreams() {
	for _, each := range append(s.ours, s.theirs[:]...) {
		each.Close() // of nil: an error, and no more
	}
	s.ours, s.theirs = nil, [3]*os.File{}
}

// Clone implements runtime.Parent.
func (s *Shim) Clone(birth runtime.Birth) (pid int, err error) {
	request, files := s.request(birth)
	defer s.closeStreams()
	rights := make([]int, len(files))
	for i, each := range files {
		rights[i] = int(each.Fd())
	}
	frame := wire.Append(nil, wire.Clone, request.Encode())
	if _, _, err := s.socket.WriteMsgUnix(frame, unix.UnixRights(rights...), nil); err != nil {
		return 0, fmt.Errorf("asking the shim for the container's first process: %w", err)
	}
	if pid, err = s.cloned(); err != nil {
		return 0, err
	}
	s.Listen()
	return pid, nil
}

// request says what the shim has to know, and with which descriptors.
func (s *Shim) request(birth runtime.Birth) (wire.Request, []*os.File) {
	a := birth.Attributes
	r := wire.Request{
		Flags: uint64(a.Cloneflags), UIDs: ids(a.UidMappings), GIDs: ids(a.GidMappings),
		Setgroups: a.GidMappingsEnableSetgroups, KeepGroups: a.Credential != nil,
		Path: birth.Path, Args: birth.Args, Env: birth.Env,
		Files: len(birth.Files), Joins: len(birth.Namespaces),
		There: len(birth.Cgroup.There), Back: len(birth.Cgroup.Back),
		InputOnce: s.options.StdinOnce, StarterTypes: s.options.Types, Log: s.options.Log,
	}
	files := append(append([]*os.File{}, birth.Files...), birth.Namespaces...)
	if birth.Cgroup.Into != nil {
		r.Into, files = 1, append(files, birth.Cgroup.Into)
	}
	files = append(append(files, birth.Cgroup.There...), birth.Cgroup.Back...)
	r.Output = len(s.ours)
	if len(s.ours) == len(s.theirs) {
		r.Input, r.Output = 1, len(s.ours)-1
	}
	return r, append(files, s.ours...)
}

func ids(list []syscall.SysProcIDMap) (lines []wire.IDs) {
	for _, each := range list {
		lines = append(lines, wire.IDs{Inside: uint32(each.ContainerID), Outside: uint32(each.HostID), Count: uint32(each.Size)})
	}
	return lines
}

// cloned hears how the cloning went.
func (s *Shim) cloned() (pid int, err error) {
	buffer, rights := make([]byte, wire.HeaderBytes+16), make([]byte, unix.CmsgSpace(4))
	n, rightsN, _, _, err := s.socket.ReadMsgUnix(buffer, rights)
	if err != nil {
		return 0, fmt.Errorf("the container's shim ended without a word: %w", err)
	}
	kind, _, ok := wire.Header(buffer[:n])
	result, decoded := wire.DecodeResult(buffer[min(n, wire.HeaderBytes):n])
	if !ok || !decoded || kind != wire.Cloned {
		return 0, errors.New("the container's shim speaks another language")
	}
	if result.Errno != 0 {
		return 0, syscall.Errno(result.Errno)
	}
	messages, err := unix.ParseSocketControlMessage(rights[:rightsN])
	if err != nil || len(messages) != 1 {
		return 0, fmt.Errorf("receiving the first process's descriptor: %w", err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return 0, fmt.Errorf("receiving the first process's descriptor: %w", err)
	}
	unix.CloseOnExec(fds[0])
	s.pidfd = os.NewFile(uintptr(fds[0]), "pidfd")
	return int(result.Number), nil
}

// Kill implements runtime.Parent. What was written so far is not passed on.
func (s *Shim) Kill() {
	s.send(wire.Abandon, nil)                                     // fails if the shim is gone, and the container with it
	unix.PidfdSendSignal(int(s.pidfd.Fd()), unix.SIGKILL, nil, 0) // fails if it has ended, which is as well
}

// GiveTerminal hands the shim the outer end of the container's terminal.
func (s *Shim) GiveTerminal(console *os.File) error {
	defer console.Close()
	_, _, err := s.socket.WriteMsgUnix(wire.Append(nil, wire.Terminal, nil), unix.UnixRights(int(console.Fd())), nil)
	return err
}

// Started says that the command runs: from here on the container does not need us.
func (s *Shim) Started() error { return s.send(wire.Started, nil) }

// Settled says that the container has ended and that what is to be done then has
// been done: the shim is not needed any more. It waits for its end, so that who
// looks at the processes after that finds nothing left of the container, but not
// for those who are attached and slow to read.
func (s *Shim) Settled() error {
	err := errors.Join(s.send(wire.Settled, nil), s.Close())
	select {
	case <-s.reaped:
	case <-time.After(slowReader):
	}
	return err
}

// slowReader is how long who started a container waits for what others, who are
// attached to it, have not read yet.
const slowReader = time.Second

// Close ends the connection.
func (s *Shim) Close() error {
	s.pidfd.Close()
	return s.Connection.Close()
}
