package process

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/proc"
)

// onePID reads the operand of an applet that shows one process; without one
// it is the process that started the applet, which is who asks.
func onePID(e *applet.Env, args []string) (pid, status int, ok bool) {
	_, args, status, ok = e.Flags(args, "")
	if !ok {
		return 0, status, false
	}
	if len(args) == 0 {
		// Process 1 of a PID namespace has a parent that it cannot name: 0.
		if pid = os.Getppid(); pid == 0 {
			pid = os.Getpid()
		}
		return pid, applet.OK, true
	}
	pid, err := strconv.Atoi(args[0])
	if err != nil || len(args) > 1 {
		return 0, e.Misuse("want one process number"), false
	}
	return pid, applet.OK, true
}

// fds shows the open files of a process: the links in /proc/PID/fd.
func fds(e *applet.Env, args []string) int {
	pid, status, ok := onePID(e, args)
	if !ok {
		return status
	}
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return e.Fail(dir, err)
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int {
		m, _ := strconv.Atoi(a.Name())
		n, _ := strconv.Atoi(b.Name())
		return m - n
	})
	for _, entry := range entries {
		to, err := os.Readlink(filepath.Join(dir, entry.Name()))
		if err != nil {
			continue // closed meanwhile
		}
		fmt.Fprintf(e.Out, "%s -> %s\n", entry.Name(), to)
	}
	return applet.OK
}

// lscaps writes out the capability sets of a process, which /proc shows as
// masks. See capabilities(7).
func lscaps(e *applet.Env, args []string) int {
	pid, status, ok := onePID(e, args)
	if !ok {
		return status
	}
	fields := proc.Status(pid)
	if len(fields) == 0 {
		return e.Complain(fmt.Sprintf("no process %d", pid))
	}
	rows := [][]string{}
	for _, set := range []string{"Inh", "Prm", "Eff", "Bnd", "Amb"} {
		mask, err := strconv.ParseUint(fields["Cap"+set], 16, 64)
		if err != nil {
			return e.Complain("unknown mask '" + fields["Cap"+set] + "'")
		}
		rows = append(rows, []string{set, capabilities(mask)})
	}
	e.Out.WriteString(applet.Columns(rows))
	return applet.OK
}

// capabilityNames are in the order of their bits: linux/capability.h.
func capabilityNames() []string {
	return strings.Fields(`CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP
		LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO
		SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD
		LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ
		PERFMON BPF CHECKPOINT_RESTORE`)
}

// capabilities are the names of the bits in a mask.
func capabilities(mask uint64) string {
	names := capabilityNames()
	var set []string
	for bit := range 64 {
		if mask&(1<<bit) == 0 {
			continue
		}
		if bit < len(names) {
			set = append(set, names[bit])
		} else {
			set = append(set, strconv.Itoa(bit))
		}
	}
	switch len(set) {
	case 0:
		return "none"
	case len(names):
		return "all"
	}
	return strings.Join(set, " ")
}

// pidof prints the numbers of the processes of a name.
func pidof(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "s|single-shot")
	if !ok {
		return status
	}
	all, err := proc.List()
	if err != nil {
		return e.Fail("/proc", err)
	}
	var found []string
	for _, p := range all {
		command := p.Name
		if len(p.Args) > 0 {
			command = filepath.Base(p.Args[0])
		}
		if p.PID != os.Getpid() && (slices.Contains(names, p.Name) || slices.Contains(names, command)) {
			found = append(found, strconv.Itoa(p.PID))
		}
	}
	if len(found) == 0 {
		return applet.Failed
	}
	if f.Has("s") { // the one with the highest number, started last
		found = found[len(found)-1:]
	}
	e.Out.WriteString(strings.Join(found, " ") + "\n")
	return applet.OK
}

// pstree draws who is whose parent. See pstree(1).
func pstree(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "p|show-pids a")
	if !ok {
		return status
	}
	all, err := proc.List()
	if err != nil {
		return e.Fail("/proc", err)
	}
	t := forest{e: e, pids: f.Has("p"), children: map[int][]proc.Process{}}
	known := map[int]bool{}
	for _, p := range all {
		known[p.PID] = true
	}
	var roots []proc.Process
	for _, p := range all {
		// A parent that is not to be seen is one outside this PID namespace.
		if known[p.PPID] {
			t.children[p.PPID] = append(t.children[p.PPID], p)
		} else {
			roots = append(roots, p)
		}
	}
	if len(args) > 0 {
		roots = nil
		for _, p := range all {
			if strconv.Itoa(p.PID) == args[0] {
				roots = append(roots, p)
			}
		}
		if roots == nil {
			return e.Complain("no process " + args[0])
		}
	}
	for _, p := range roots {
		t.draw(p, "", "")
	}
	return applet.OK
}

type forest struct {
	e        *applet.Env
	pids     bool
	children map[int][]proc.Process
}

// draw prints a process behind first, and what hangs below it behind rest.
func (t forest) draw(p proc.Process, first, rest string) {
	line := first + p.Command()
	if t.pids {
		line = fmt.Sprintf("%s%d %s", first, p.PID, p.Command())
	}
	t.e.Out.WriteString(line + "\n")
	below := t.children[p.PID]
	for i, child := range below {
		if i == len(below)-1 {
			t.draw(child, rest+"└─ ", rest+"   ")
		} else {
			t.draw(child, rest+"├─ ", rest+"│  ")
		}
	}
}
