// Package sysv holds the applets for System V IPC: shared memory, message
// queues and semaphores, which live in the IPC namespace rather than in a file
// or a process. See sysvipc(7), ipc_namespaces(7).
package sysv

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/id"
)

// Applets lists them.
func Applets() []applet.Applet {
	return []applet.Applet{
		{Name: "ipcmk", Usage: "-M SIZE | -Q | -S COUNT [-p MODE]", Run: ipcmk},
		{Name: "ipcrm", Usage: "[-m|-q|-s ID]...", Run: ipcrm},
		{Name: "ipcs", Usage: "[-m] [-q] [-s]", Run: ipcs},
		{Name: "shm", Usage: "write ID TEXT | read ID", Run: shm},
	}
}

// resource is one of the three kinds.
type resource struct {
	letter, title, file string
	heads               []string
	columns             []int // of the file's lines
	label               string
}

// resources says where the kernel lists each kind. See proc_sysvipc(5).
func resources() []resource {
	return []resource{
		{"q", "Message Queues", "msg", []string{"key", "msqid", "owner", "perms", "used-bytes", "messages"}, []int{0, 1, 7, 2, 3, 4}, "Message queue id: "},
		{"m", "Shared Memory Segments", "shm", []string{"key", "shmid", "owner", "perms", "bytes", "nattch"}, []int{0, 1, 7, 2, 3, 6}, "Shared memory id: "},
		{"s", "Semaphore Arrays", "sem", []string{"key", "semid", "owner", "perms", "nsems"}, []int{0, 1, 4, 2, 3}, "Semaphore id: "},
	}
}

// ipcs lists what there is in this IPC namespace. See ipcs(1).
func ipcs(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "m q s a")
	if !ok {
		return status
	}
	if len(args) > 0 {
		return e.Misuse("unknown argument '" + args[0] + "'")
	}
	all := f.Has("a") || !f.Has("m") && !f.Has("q") && !f.Has("s")
	users := id.Users()
	for _, r := range resources() {
		if !all && !f.Has(r.letter) {
			continue
		}
		text, err := os.ReadFile("/proc/sysvipc/" + r.file)
		if err != nil {
			return e.Fail("/proc/sysvipc/"+r.file, err)
		}
		e.Out.WriteString("\n------ " + r.title + " --------\n" + applet.Columns(r.rows(string(text), users)))
	}
	e.Out.WriteString("\n")
	return applet.OK
}

// rows takes the columns that ipcs shows out of the kernel's table, whose first
// line is a heading.
func (r resource) rows(text string, users id.Table) [][]string {
	rows := [][]string{r.heads}
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		fields := strings.Fields(line)
		if i == 0 || len(fields) < 8 {
			continue
		}
		var row []string
		for c, at := range r.columns {
			value := fields[at]
			n, _ := strconv.ParseInt(value, 10, 64)
			switch r.heads[c] {
			case "key":
				value = "0x" + leftPad(strconv.FormatUint(uint64(uint32(n)), 16), 8)
			case "owner":
				value = users.Name(uint32(n))
			case "perms":
				if len(value) > 3 { // above the mode stand flags of the kernel
					value = value[len(value)-3:]
				}
			}
			row = append(row, value)
		}
		rows = append(rows, row)
	}
	return rows
}

func leftPad(text string, width int) string {
	return strings.Repeat("0", max(0, width-len(text))) + text
}

// ipcmk makes one, under a key that is its own, and prints its id. See
// shmget(2), msgget(2), semget(2).
func ipcmk(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "M|shmem: Q|queue S|semaphore: p|mode:")
	if !ok {
		return status
	}
	mode, err := strconv.ParseUint(f.Value("p", "644"), 8, 9)
	if err != nil || len(args) > 0 {
		return e.Misuse("want an octal mode")
	}
	flags := int(mode) | unix.IPC_CREAT | unix.IPC_EXCL
	made := func(letter string, n uintptr, err error) int {
		for _, r := range resources() {
			if r.letter == letter && err == nil {
				e.Out.WriteString(r.label + strconv.Itoa(int(n)) + "\n")
				return applet.OK
			}
		}
		return e.Fail("making it", err)
	}
	switch {
	case f.Has("M"):
		size, ok := applet.Bytes(f.Value("M", ""))
		if !ok || size == 0 {
			return e.Misuse("invalid size '" + f.Value("M", "") + "'")
		}
		n, err := unix.SysvShmGet(unix.IPC_PRIVATE, int(size), flags)
		return made("m", uintptr(n), err)
	case f.Has("Q"):
		n, _, errno := unix.Syscall(unix.SYS_MSGGET, unix.IPC_PRIVATE, uintptr(flags), 0)
		return made("q", n, failure(errno))
	case f.Has("S"):
		count, ok := e.Int(f, "S", 1)
		if !ok {
			return applet.Misused
		}
		n, _, errno := unix.Syscall(unix.SYS_SEMGET, unix.IPC_PRIVATE, uintptr(count), uintptr(flags))
		return made("s", n, failure(errno))
	}
	return e.Misuse("want one of -M, -Q and -S")
}

func failure(errno unix.Errno) error {
	if errno == 0 {
		return nil
	}
	return errno
}

// ipcrm removes them by id. See shmctl(2), msgctl(2), semctl(2), IPC_RMID.
func ipcrm(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "m|shmem-id: q|queue-id: s|semaphore-id:")
	if !ok {
		return status
	}
	if len(args) > 0 || !f.Has("m") && !f.Has("q") && !f.Has("s") {
		return e.Misuse("want an id behind -m, -q or -s")
	}
	for _, letter := range []string{"m", "q", "s"} {
		for _, text := range f.All(letter) {
			n, err := strconv.Atoi(text)
			if err == nil {
				err = remove(letter, n)
			}
			if err != nil {
				status = e.Fail("id "+text, err)
			}
		}
	}
	return status
}

func remove(letter string, n int) error {
	switch letter {
	case "m":
		_, err := unix.SysvShmCtl(n, unix.IPC_RMID, nil)
		return err
	case "q":
		_, _, errno := unix.Syscall(unix.SYS_MSGCTL, uintptr(n), unix.IPC_RMID, 0)
		return failure(errno)
	}
	_, _, errno := unix.Syscall6(unix.SYS_SEMCTL, uintptr(n), 0, unix.IPC_RMID, 0, 0, 0)
	return failure(errno)
}

// shm writes a text into a shared memory segment or reads it out: what one
// process leaves there another finds, if it is in the same IPC namespace. See
// shmat(2).
func shm(e *applet.Env, args []string) int {
	_, args, status, ok := e.Flags(args, "+")
	if !ok {
		return status
	}
	write := len(args) == 3 && args[0] == "write"
	if !write && !(len(args) == 2 && args[0] == "read") {
		return e.Misuse("want `write ID TEXT` or `read ID`")
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return e.Misuse("'" + args[1] + "' is no id")
	}
	flag := unix.SHM_RDONLY
	if write {
		flag = 0
	}
	memory, err := unix.SysvShmAttach(n, 0, flag)
	if err != nil {
		text := applet.Reason(err)
		if err == unix.EINVAL || err == unix.EIDRM {
			text = "no such segment in this IPC namespace"
		}
		return e.Complain("segment " + args[1] + ": " + text)
	}
	defer unix.SysvShmDetach(memory)
	if !write {
		text, _, _ := strings.Cut(string(memory), "\x00") // new segments are zero
		e.Out.WriteString(text + "\n")
		return applet.OK
	}
	if len(args[2]) > len(memory) {
		return e.Complain("segment " + args[1] + " holds " + strconv.Itoa(len(memory)) + " bytes only")
	}
	clear(memory)
	copy(memory, args[2])
	return applet.OK
}
