package process

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/id"
	"drydock/cmd/box/applet/proc"
)

// column is one that ps can show.
type column struct {
	head string
	cell func(proc.Process, id.Table) string
}

func number(n int) string { return strconv.Itoa(n) }

// columns are those known to -o, by name.
func columns() map[string]column {
	user := func(p proc.Process, t id.Table) string { return t.Name(p.UID) }
	args := func(p proc.Process, _ id.Table) string { return p.Command() }
	comm := func(p proc.Process, _ id.Table) string { return p.Name }
	pid := func(p proc.Process, _ id.Table) string { return number(p.PID) }
	return map[string]column{
		"pid":   {"PID", pid},
		"ppid":  {"PPID", func(p proc.Process, _ id.Table) string { return number(p.PPID) }},
		"sid":   {"SID", func(p proc.Process, _ id.Table) string { return number(p.Session) }},
		"nlwp":  {"NLWP", func(p proc.Process, _ id.Table) string { return number(p.Threads) }},
		"stat":  {"STAT", func(p proc.Process, _ id.Table) string { return p.State }},
		"state": {"S", func(p proc.Process, _ id.Table) string { return p.State }},
		"user":  {"USER", user},
		"uid":   {"UID", func(p proc.Process, _ id.Table) string { return number(int(p.UID)) }},
		"rss":   {"RSS", func(p proc.Process, _ id.Table) string { return number(int(p.Resident >> 10)) }},
		"time":  {"TIME", func(p proc.Process, _ id.Table) string { return clock(p.Ticks) }},
		"tty":   {"TTY", func(p proc.Process, _ id.Table) string { return terminalName(p.Terminal) }},
		"comm":  {"COMMAND", comm},
		"args":  {"COMMAND", args},
		"cmd":   {"CMD", args},
	}
}

// clock writes CPU time as MM:SS. A tick of /proc is 1/100 s on every
// architecture that Linux shows to programs (USER_HZ).
func clock(ticks int64) string {
	d := time.Duration(ticks) * 10 * time.Millisecond
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

// terminalName names a controlling terminal by its device number, whose high
// part for pseudo-terminals is 136 and up. See proc_pid_stat(5), tty_nr.
func terminalName(device int) string {
	major, minor := unix.Major(uint64(device)), unix.Minor(uint64(device))
	switch {
	case device == 0:
		return "?"
	case major >= 136 && major <= 143:
		return fmt.Sprintf("pts/%d", (major-136)*256+minor)
	case major == 4:
		return fmt.Sprintf("tty%d", minor)
	}
	return fmt.Sprintf("%d,%d", major, minor)
}

// ps shows all processes of the mounted /proc, whatever terminal they have. See
// ps(1); without -o the columns are those a lesson needs.
func ps(e *applet.Env, args []string) int {
	args = unixForm(args)
	f, rest, status, ok := e.Flags(args, "e|A f a u x w o|format: p|pid: no-headers|h")
	if !ok {
		return status
	}
	if len(rest) > 0 {
		return e.Misuse("unknown argument '" + rest[0] + "'")
	}
	names := "pid,user,args"
	switch {
	case f.Has("o"):
		names = strings.Join(f.All("o"), ",")
	case f.Has("u"):
		names = "user,pid,rss,tty,stat,time,args"
	case f.Has("f"):
		names = "user,pid,ppid,tty,time,args"
	}
	all, err := proc.List()
	if err != nil {
		return e.Fail("/proc", err)
	}
	if len(all) == 0 {
		return e.Complain("/proc is not mounted: try `mount -t proc proc /proc`")
	}
	if f.Has("p") {
		wanted := strings.FieldsFunc(strings.Join(f.All("p"), ","), func(r rune) bool { return r == ',' || r == ' ' })
		all = slices.DeleteFunc(all, func(p proc.Process) bool { return !slices.Contains(wanted, number(p.PID)) })
		status = min(1, max(0, 1-len(all)))
	}
	if wrong := printTable(e, all, names, !f.Has("no-headers")); wrong != "" {
		return e.Misuse(wrong)
	}
	return status
}

// unixForm puts the dash before `ps aux`.
func unixForm(args []string) []string {
	if len(args) > 0 && args[0] != "" && strings.Trim(args[0], "auxefw") == "" {
		return append([]string{"-" + args[0]}, args[1:]...)
	}
	return args
}

func printTable(e *applet.Env, all []proc.Process, names string, heading bool) (wrong string) {
	known := columns()
	var chosen []column
	var heads []string
	for _, name := range strings.Split(names, ",") {
		name, head, renamed := strings.Cut(strings.TrimSpace(name), "=")
		c, ok := known[name]
		if !ok {
			return "unknown column '" + name + "'"
		}
		if renamed {
			c.head = head
		}
		chosen = append(chosen, c)
		heads = append(heads, c.head)
	}
	users := id.Users()
	var rows [][]string
	// `-o pid=` asks for a column without a heading.
	if heading && strings.Join(heads, "") != "" {
		rows = append(rows, heads)
	}
	for _, p := range all {
		var row []string
		for _, c := range chosen {
			row = append(row, c.cell(p, users))
		}
		rows = append(rows, row)
	}
	e.Out.WriteString(applet.Columns(rows))
	return ""
}
