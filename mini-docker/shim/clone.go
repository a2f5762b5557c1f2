package main

import (
	"syscall"

	"drydock/mini-docker/shim/wire"

	"golang.org/x/sys/unix"
)

// begin clones the first process as the starter asks for, and tells it how that
// went. It happens once.
func (s *shim) begin(c *client, content []byte) {
	var r wire.Request
	if s.pid != -1 || s.ended || !r.Decode(content) || r.Descriptors() != len(c.rights) {
		c.isGone = true
		return
	}
	d := descriptors{c.rights}
	files, joins, into := d.take(r.Files), d.take(r.Joins), d.take(r.Into)
	there, back := d.take(r.There), d.take(r.Back)
	in, out := d.take(r.Input), d.take(r.Output)
	if r.Flags&unix.CLONE_NEWPID == 0 {
		becomeSubreaper()
	}
	pid, pidfd, err := clone(&r, files, joins, into, there, back)
	for _, list := range [][]int{files, joins, into, there, back} {
		closeAll(list)
	}
	c.rights = nil
	if err != 0 {
		c.send(wire.Append(nil, wire.Cloned, wire.Result{Errno: uint64(err)}.Encode()))
		closeAll(in)
		closeAll(out)
		return
	}
	s.pid, s.pidfd = pid, pidfd
	s.takeStreams(&r, in, out)
	s.log.open(folderFD, s.id, r.Log)
	s.listen()
	ignoreSignals()
	s.tellCloned()
}

// descriptors are those that came with a request, in its order.
type descriptors struct{ rest []int }

func (d *descriptors) take(count int) []int {
	taken := d.rest[:count]
	d.rest = d.rest[count:]
	return taken
}

func closeAll(fds []int) {
	for _, each := range fds {
		unix.Close(each)
	}
}

// clone goes into the namespaces and cgroups that the child is to be born in,
// clones, and comes back: the shim itself must neither count against the
// container's limits nor be stopped with it.
func clone(r *wire.Request, files, joins, into, there, back []int) (pid, pidfd int, errno syscall.Errno) {
	home, errno := ownNamespaces(len(joins) > 0)
	defer closeAll(home)
	if errno != 0 {
		return 0, -1, errno
	}
	errno = enter(joins)
	if errno == 0 {
		errno = moveThread(there)
	}
	if errno == 0 {
		pid, pidfd, errno = fork(r, files, into)
	}
	failed := moveThread(back)
	if failed == 0 {
		failed = enter(home)
	}
	if errno == 0 && failed != 0 {
		unix.Kill(pid, unix.SIGKILL)
		unix.Wait4(pid, nil, 0, nil)
		unix.Close(pidfd)
		return 0, -1, failed
	}
	return pid, pidfd, errno
}

// ownNamespaces opens the way back, if anything is to be joined at all.
func ownNamespaces(isNeeded bool) (fds []int, errno syscall.Errno) {
	if !isNeeded {
		return nil, 0
	}
	for _, kind := range []string{"pid", "net", "ipc", "uts"} {
		fd, err := unix.Open("/proc/self/ns/"+kind, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return fds, errnoOf(err)
		}
		fds = append(fds, fd)
	}
	return fds, 0
}

// enter moves this thread into namespaces; into one of process numbers, only its
// children. See setns(2).
func enter(namespaces []int) syscall.Errno {
	for _, each := range namespaces {
		if err := unix.Setns(each, 0); err != nil {
			return errnoOf(err)
		}
	}
	return 0
}

// moveThread writes 0, which is the thread that writes, to the lists of threads of
// cgroups.
func moveThread(lists []int) syscall.Errno {
	for _, each := range lists {
		if _, err := unix.Write(each, []byte{'0'}); err != nil {
			return errnoOf(err)
		}
	}
	return 0
}

// fork clones and executes.
func fork(r *wire.Request, files, into []int) (pid, pidfd int, errno syscall.Errno) {
	attributes := &syscall.SysProcAttr{
		Cloneflags:  uintptr(r.Flags),
		Setsid:      true,
		UidMappings: idMap(r.UIDs), GidMappings: idMap(r.GIDs), GidMappingsEnableSetgroups: r.Setgroups,
		PidFD: &pidfd,
	}
	if r.KeepGroups {
		attributes.Credential = &syscall.Credential{NoSetGroups: true}
	}
	if len(into) > 0 {
		attributes.UseCgroupFD, attributes.CgroupFD = true, into[0]
	}
	theirs := make([]uintptr, len(files))
	for i, each := range files {
		theirs[i] = uintptr(each)
	}
	pid, err := syscall.ForkExec(r.Path, r.Args, &syscall.ProcAttr{Env: r.Env, Files: theirs, Sys: attributes})
	if err == nil {
		unix.CloseOnExec(pidfd)
	}
	return pid, pidfd, errnoOf(err)
}

func idMap(lines []wire.IDs) []syscall.SysProcIDMap {
	var list []syscall.SysProcIDMap
	for _, each := range lines {
		list = append(list, syscall.SysProcIDMap{ContainerID: int(each.Inside), HostID: int(each.Outside), Size: int(each.Count)})
	}
	return list
}

func errnoOf(err error) syscall.Errno {
	if err == nil {
		return 0
	}
	if errno, ok := err.(syscall.Errno); ok {
		return errno
	}
	return unix.EIO
}

// takeStreams keeps our ends of the container's standard streams.
func (s *shim) takeStreams(r *wire.Request, in, out []int) {
	if len(in) == 1 {
		unix.SetNonblock(in[0], true)
		s.input = input{fd: in[0], once: r.InputOnce, starterTypes: r.StarterTypes}
	}
	for i, fd := range out {
		unix.SetNonblock(fd, true)
		s.output[i].fd = fd
	}
	s.output[0].kind, s.output[0].name = wire.Out, "stdout"
	s.output[1].kind, s.output[1].name = wire.Err, "stderr"
}

// takeTerminal keeps the outer end of the container's terminal, for input and
// output.
func (s *shim) takeTerminal(c *client) {
	if len(c.rights) != 1 {
		c.isGone = true
		return
	}
	fd := c.rights[0]
	c.rights = nil
	unix.SetNonblock(fd, true)
	s.output[0].fd, s.input.fd, s.input.isTTY = fd, fd, true
}

// listen opens the socket for those who attach. Its address is given by way of
// the folder's descriptor: it holds 107 bytes at most, which a path may exceed.
// See unix(7).
func (s *shim) listen() {
	unix.Unlinkat(folderFD, wire.SocketName, 0)
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return
	}
	address := &unix.SockaddrUnix{Name: "/proc/self/fd/4/" + wire.SocketName}
	if unix.Bind(fd, address) != nil || unix.Listen(fd, 64) != nil {
		unix.Close(fd)
		return
	}
	s.listener = fd
}

// tellCloned sends the starter the number of the first process, and a pidfd: a
// number could come to mean another process.
func (s *shim) tellCloned() {
	frame := wire.Append(nil, wire.Cloned, wire.Result{Number: int64(s.pid)}.Encode())
	if unix.Sendmsg(s.starter.fd, frame, unix.UnixRights(s.pidfd), nil, unix.MSG_NOSIGNAL) != nil {
		s.starter.isGone = true
	}
}
