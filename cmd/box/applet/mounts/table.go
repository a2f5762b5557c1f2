package mounts

import (
	"os"
	"strconv"
	"strings"
)

// point is one line of /proc/self/mountinfo. See proc_pid_mountinfo(5).
type point struct {
	id, parent     int
	root, target   string
	options        string
	optional       []string // shared:N, master:N, propagate_from:N, unbindable
	fstype, source string
	super          string
}

// readTable returns the mounts this process sees, in the order they were made.
func readTable() ([]point, error) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	var table []point
	for line := range strings.Lines(string(text)) {
		if p, ok := parsePoint(line); ok {
			table = append(table, p)
		}
	}
	return table, nil
}

func parsePoint(line string) (point, bool) {
	before, after, ok := strings.Cut(line, " - ")
	left, right := strings.Fields(before), strings.Fields(after)
	if !ok || len(left) < 6 || len(right) < 2 {
		return point{}, false
	}
	p := point{
		root: unquote(left[3]), target: unquote(left[4]), options: left[5],
		optional: left[6:], fstype: right[0], source: unquote(right[1]),
	}
	p.id, _ = strconv.Atoi(left[0])
	p.parent, _ = strconv.Atoi(left[1])
	if len(right) > 2 {
		p.super = right[2]
	}
	return p, true
}

// propagation says in words how the mount passes mounts on.
func (p point) propagation() string {
	var words []string
	for _, tag := range p.optional {
		switch name, _, _ := strings.Cut(tag, ":"); name {
		case "shared":
			words = append(words, "shared")
		case "master":
			words = append(words, "slave")
		case "unbindable":
			words = append(words, "unbindable")
		}
	}
	if len(words) == 0 {
		return "private"
	}
	return strings.Join(words, ",")
}
