package namespace

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Inside is a program to be started in namespaces that are there already, a user
// namespace among them.
type Inside struct {
	User   *os.File   // the user namespace, which is entered first
	Others []*os.File // the rest: its own, mostly
	Exe    *os.File   // the program
	Args   []string
	Env    []string
	Files  []*os.File // by the descriptor each one gets
}

// Start starts the program, as a child of the caller and in a session of its own,
// and returns its number.
//
// The kernel lets nobody enter a user namespace who has threads, as every Go
// program has from its first instant. But fork(2) copies only the thread that
// calls it: so the copy, which has none, enters, forks once more, since a PID
// namespace is entered by children only, and executes the program. Until then it
// must do nothing but call the kernel: whatever else of Go's there is, memory,
// locks, other goroutines, stands still for ever in the copy. See setns(2).
func (in Inside) Start() (pid int, err error) {
	argv, err := syscall.SlicePtrFromStrings(in.Args)
	if err != nil {
		return 0, err
	}
	envv, err := syscall.SlicePtrFromStrings(in.Env)
	if err != nil {
		return 0, err
	}
	report, theirs, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer report.Close()
	defer theirs.Close()
	numbers, close, err := outOfTheWay(append([]*os.File{in.User, in.Exe, theirs}, append(in.Others, in.Files...)...))
	if err != nil {
		return 0, err
	}
	defer close()
	plan := plan{
		user: numbers[0], exe: numbers[1], report: numbers[2],
		others: numbers[3 : 3+len(in.Others)], files: numbers[3+len(in.Others):],
		argv: uintptr(unsafe.Pointer(&argv[0])), envv: uintptr(unsafe.Pointer(&envv[0])),
	}
	syscall.ForkLock.Lock()
	first, errno := plan.fork()
	syscall.ForkLock.Unlock()
	runtime.KeepAlive(argv)
	runtime.KeepAlive(envv)
	if errno != 0 {
		return 0, fmt.Errorf("forking: %w", errno)
	}
	close()
	theirs.Close()
	return heard(report, int(first))
}

// heard reads what the copies report: the number of the second, and what failed.
func heard(report io.Reader, first int) (pid int, err error) {
	text, err := io.ReadAll(report)
	for len(text) >= reportBytes && err == nil {
		step, value := binary.NativeEndian.Uint32(text), binary.NativeEndian.Uint32(text[4:])
		if text = text[reportBytes:]; step == forked {
			pid = int(value)
		} else {
			err = fmt.Errorf("%s: %w", steps[step], syscall.Errno(value))
		}
	}
	for {
		if _, waitErr := unix.Wait4(first, nil, 0, nil); waitErr != unix.EINTR {
			break
		}
	}
	if err == nil && pid == 0 {
		err = errors.New("entering namespaces: the process that was to do it was killed")
	}
	if err != nil && pid != 0 {
		unix.Wait4(pid, nil, 0, nil)
		pid = 0
	}
	return pid, err
}

// outOfTheWay copies descriptors to numbers above those that the program gets.
func outOfTheWay(files []*os.File) (numbers []uintptr, closeAll func(), err error) {
	above := 64 + len(files)
	closeAll = func() {
		for _, each := range numbers {
			unix.Close(int(each))
		}
		numbers = nil
	}
	for _, each := range files {
		fd, err := unix.FcntlInt(each.Fd(), unix.F_DUPFD_CLOEXEC, above)
		if err != nil {
			closeAll()
			return nil, nil, fmt.Errorf("copying a descriptor: %w", err)
		}
		numbers = append(numbers, uintptr(fd))
	}
	return append([]uintptr{}, numbers...), closeAll, nil
}

// plan is what the copies do: everything they need, prepared.
type plan struct {
	user, exe, report uintptr
	others, files     []uintptr
	argv, envv        uintptr
}

// What is reported: two numbers, a step that failed with the kernel's error, or
// forked with the number of the second copy.
const (
	forked = iota
	enterUser
	enterOther
	becomeRoot
	forkAgain
	arrange
	execute
	reportBytes = 8
)

var steps = [...]string{
	enterUser: "entering the user namespace", enterOther: "entering the other namespaces",
	becomeRoot: "becoming root of the user namespace",
	forkAgain:  "forking inside", arrange: "arranging descriptors", execute: "executing",
}

// Go's own preparations for a fork: signals are held back, and in the child the
// handlers, which could not run there, are gone.
//
//go:linkname beforeFork syscall.runtime_BeforeFork
func beforeFork()

//go:linkname afterFork syscall.runtime_AfterFork
func afterFork()

//go:linkname afterForkInChild syscall.runtime_AfterForkInChild
func afterForkInChild()

// fork makes the first copy. The parent returns from it, and only the parent.
//
//go:norace
//go:noinline
func (p *plan) fork() (pid uintptr, errno syscall.Errno) {
	beforeFork()
	pid, _, errno = syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 || pid != 0 {
		afterFork()
		return pid, errno
	}
	afterForkInChild()
	p.enter()
	for {
		syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 0, 0, 0)
	}
}

// enter is what the first copy does.
//
//go:norace
//go:nosplit
func (p *plan) enter() {
	if _, _, errno := syscall.RawSyscall(unix.SYS_SETNS, p.user, unix.CLONE_NEWUSER, 0); errno != 0 {
		p.tell(enterUser, uintptr(errno))
		return
	}
	for _, each := range p.others {
		if _, _, errno := syscall.RawSyscall(unix.SYS_SETNS, each, 0, 0); errno != 0 {
			p.tell(enterOther, uintptr(errno))
			return
		}
	}
	// Whoever is not mapped there loses its capabilities when it executes a program.
	_, _, errno := syscall.RawSyscall(unix.SYS_SETRESGID, 0, 0, 0)
	if errno == 0 {
		_, _, errno = syscall.RawSyscall(unix.SYS_SETRESUID, 0, 0, 0)
	}
	if errno != 0 {
		p.tell(becomeRoot, uintptr(errno))
		return
	}
	// CLONE_PARENT: the second is a child of the caller, as the first is.
	var pid uintptr
	pid, _, errno = syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD)|unix.CLONE_PARENT, 0, 0, 0, 0, 0)
	switch {
	case errno != 0:
		p.tell(forkAgain, uintptr(errno))
	case pid != 0:
		p.tell(forked, pid)
	default:
		p.become()
	}
}

// become is what the second copy does.
//
//go:norace
//go:nosplit
func (p *plan) become() {
	syscall.RawSyscall(syscall.SYS_SETSID, 0, 0, 0)
	for i, each := range p.files {
		if _, _, errno := syscall.RawSyscall(syscall.SYS_DUP3, each, uintptr(i), 0); errno != 0 {
			p.tell(arrange, uintptr(errno))
			return
		}
	}
	var empty byte
	_, _, errno := syscall.RawSyscall6(unix.SYS_EXECVEAT, p.exe, uintptr(unsafe.Pointer(&empty)), p.argv, p.envv, unix.AT_EMPTY_PATH, 0)
	p.tell(execute, uintptr(errno))
}

//go:norace
//go:nosplit
func (p *plan) tell(step uint32, value uintptr) {
	report := [2]uint32{step, uint32(value)}
	syscall.RawSyscall(syscall.SYS_WRITE, p.report, uintptr(unsafe.Pointer(&report)), reportBytes)
}
