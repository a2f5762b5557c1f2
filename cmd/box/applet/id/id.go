// Package id turns user and group numbers into names and back with the files
// that passwd(5) and group(5) describe. Where there is no such file or no such
// line, as in a container that has none, a number's name is the number.
package id

import (
	"os"
	"strconv"
	"strings"
)

// A Table holds the lines of a passwd or group file that was read once.
type Table struct {
	names   map[uint32]string
	numbers map[string]uint32
	lines   map[string][]string // by name, cut at the colons
}

// Users reads /etc/passwd.
func Users() Table { return read("/etc/passwd") }

// Groups reads /etc/group.
func Groups() Table { return read("/etc/group") }

func read(path string) Table {
	t := Table{map[uint32]string{}, map[string]uint32{}, map[string][]string{}}
	text, _ := os.ReadFile(path)
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) < 3 {
			continue
		}
		n, err := strconv.ParseUint(fields[2], 10, 32)
		if err != nil {
			continue
		}
		if _, taken := t.names[uint32(n)]; !taken {
			t.names[uint32(n)] = fields[0]
		}
		t.numbers[fields[0]] = uint32(n)
		t.lines[fields[0]] = fields
	}
	return t
}

// Name returns the name of a number.
func (t Table) Name(n uint32) string {
	if name, ok := t.names[n]; ok {
		return name
	}
	return strconv.FormatUint(uint64(n), 10)
}

// Known reports whether the number has a name.
func (t Table) Known(n uint32) bool {
	_, ok := t.names[n]
	return ok
}

// Number returns the number of a name, or of a number written out.
func (t Table) Number(name string) (uint32, bool) {
	if n, ok := t.numbers[name]; ok {
		return n, true
	}
	n, err := strconv.ParseUint(name, 10, 32)
	return uint32(n), err == nil
}

// Primary returns the primary group of a user in a passwd table.
func (t Table) Primary(user string) (uint32, bool) {
	fields := t.lines[user]
	if len(fields) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(fields[3], 10, 32)
	return uint32(n), err == nil
}
