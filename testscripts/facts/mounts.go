package facts

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Mount is a line of /proc/PID/mountinfo (proc_pid_mountinfo(5)).
type Mount struct {
	Target      string   `json:"target"`
	Device      string   `json:"device"` // MAJOR:MINOR, which tells two file systems of a type apart
	Root        string   `json:"root"`   // which directory of the file system is mounted
	Type        string   `json:"type"`
	Source      string   `json:"source"`
	Propagation string   `json:"propagation"` // shared, slave, shared+slave, unbindable or private
	Options     []string `json:"options"`     // of the mount and of the file system
}

// mounts looks at the mount table that a process sees:
//
//	mounts TARGET [in=PROCESS] [type=FS] [source=S] [root=DIR] [propagation=P] [option=O,…]
//
// The last mount on TARGET counts: it hides those below it.
func mounts(w World, args []string) (Observation, error) {
	usage := "mounts TARGET [in=PROCESS] [type=FS] [source=S] [root=DIR] [propagation=P] [option=O,…]"
	q, err := parseWords(args, usage, 1, "in", "type", "source", "root", "propagation", "option")
	if err != nil {
		return Observation{}, err
	}
	target := q.pos[0]
	asked := q.asked("type", "source", "root", "propagation", "option")
	expected := target + " mounted" + asked
	p, err := q.in(w)
	if err != nil {
		return missing("the mount table of "+q.opt["in"], expected, err)
	}
	o := Observation{Looked: "the mount table of " + p.String(), Expected: expected, Absent: target + " not mounted" + asked}
	table, err := os.ReadFile(fmt.Sprintf("/proc/%d/mountinfo", p.PID))
	if err != nil {
		return missing(o.Looked, o.Expected, ended(p, err))
	}
	all := ParseMounts(string(table))
	if !slices.ContainsFunc(all, func(m Mount) bool { return m.Target == "/" }) {
		o.Dead = "the mount table has no root: the process is outside of any tree"
	}
	o.Found = target + " is not mounted"
	for _, m := range all {
		if m.Target != target {
			continue
		}
		o.Found = fmt.Sprintf("%s is mounted: type %s, source %s, root %s, propagation %s, options %s",
			target, m.Type, m.Source, m.Root, m.Propagation, strings.Join(m.Options, ","))
		o.Holds = m.has(q.opt)
	}
	return o, nil
}

// has reports whether m has every attribute that was asked for.
func (m Mount) has(asked map[string]string) bool {
	for key, want := range asked {
		switch key {
		case "type":
			if m.Type != want {
				return false
			}
		case "source":
			if m.Source != want {
				return false
			}
		case "root":
			if m.Root != want {
				return false
			}
		case "propagation":
			if m.Propagation != want {
				return false
			}
		case "option":
			for opt := range strings.SplitSeq(want, ",") {
				if !slices.Contains(m.Options, opt) {
					return false
				}
			}
		}
	}
	return true
}

// ParseMounts reads a mountinfo table:
//
//	36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
//
// The fields between the mount's options and the dash are optional and tell
// the propagation.
func ParseMounts(table string) []Mount {
	var all []Mount
	for line := range strings.Lines(table) {
		before, after, ok := strings.Cut(strings.TrimSpace(line), " - ")
		left, right := strings.Fields(before), strings.Fields(after)
		if !ok || len(left) < 6 || len(right) < 3 {
			continue
		}
		m := Mount{
			Device: left[2], Root: unescape(left[3]), Target: unescape(left[4]),
			Type: right[0], Source: unescape(right[1]),
			Options: append(strings.Split(left[5], ","), strings.Split(right[2], ",")...),
		}
		m.Propagation = propagation(left[6:])
		all = append(all, m)
	}
	return all
}

// propagation names what the optional fields say (mount_namespaces(7)).
func propagation(fields []string) string {
	var kinds []string
	for _, f := range fields {
		switch name, _, _ := strings.Cut(f, ":"); name {
		case "shared":
			kinds = append(kinds, "shared")
		case "master":
			kinds = append(kinds, "slave")
		case "unbindable":
			kinds = append(kinds, "unbindable")
		}
	}
	if len(kinds) == 0 {
		return "private"
	}
	return strings.Join(kinds, "+")
}

// unescape undoes the octal escapes (\040 for a space) of mountinfo.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
