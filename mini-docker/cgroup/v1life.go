package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Stats implements Group.
func (g *v1) Stats() (Stats, error) {
	var s Stats
	for _, each := range []struct {
		controller, file string
		into             *uint64
	}{
		{"memory", "memory.usage_in_bytes", &s.MemoryBytes},
		{"memory", "memory.limit_in_bytes", &s.MemoryLimitBytes},
		{"pids", "pids.current", &s.Processes},
		{"pids", "pids.max", &s.ProcessesLimit},
		{"cpuacct", "cpuacct.usage", &s.CPUNanoseconds},
	} {
		dir, err := g.dir(each.controller)
		if err != nil {
			continue // not measured on this machine
		}
		if *each.into, err = readNumber(dir, each.file); err != nil {
			return s, err
		}
	}
	if dir, err := g.dir("memory"); err == nil {
		memory, _ := readKeyed(dir, "memory.stat")
		s.MemoryBytes -= min(s.MemoryBytes, memory["total_inactive_file"])
		control, err := readKeyed(dir, "memory.oom_control")
		if err != nil {
			return s, err
		}
		s.OOMKills = control["oom_kill"]
	}
	if dir, err := g.dir("blkio"); err == nil {
		s.ReadBytes, s.WrittenBytes = sumBlkio(filepath.Join(dir, "blkio.throttle.io_service_bytes"))
	}
	return s, nil
}

// sumBlkio adds up what was read and written over all devices. A line of the
// file is "8:0 Read 4096".
func sumBlkio(path string) (read, written uint64) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue
		}
		number, err := strconv.ParseUint(fields[2], 10, 64)
		switch {
		case err != nil:
		case fields[1] == "Read":
			read += number
		case fields[1] == "Write":
			written += number
		}
	}
	return read, written
}

// Freeze implements Group.
func (g *v1) Freeze(frozen bool) error {
	want := "THAWED"
	if frozen {
		want = "FROZEN"
	}
	dir, err := g.dir("freezer")
	if err != nil {
		return err
	}
	deadline := time.Now().Add(10 * time.Second)
	for pause := time.Millisecond; time.Now().Before(deadline); pause *= 2 {
		// Writing it again helps a freeze along that was caught half-way.
		if err := write(dir, "freezer.state", want); err != nil {
			return err
		}
		state, err := os.ReadFile(filepath.Join(dir, "freezer.state"))
		if err != nil {
			return err
		}
		if strings.TrimSpace(string(state)) == want {
			return nil
		}
		time.Sleep(pause)
	}
	return errors.Join(fmt.Errorf("waiting for the cgroup %s to become %s: still not so after 10 s", dir, want), fs.ErrInvalid)
}

// adopt moves the group's processes into one of its directories that was made
// after they were added. Those that are born meanwhile are moved in another
// round, until there is none left to move.
func (g *v1) adopt(dir string) error {
	members, err := g.dir(always[0])
	if err != nil {
		return err
	}
	for moved := true; moved; {
		moved = false
		pids, err := processes(members)
		if err != nil {
			return err
		}
		inside, err := processes(dir)
		if err != nil {
			return err
		}
		for _, pid := range pids {
			if slices.Contains(inside, pid) {
				continue
			}
			if err := write(dir, "cgroup.procs", strconv.Itoa(pid)); err != nil && !errors.Is(err, unix.ESRCH) {
				return err
			}
			moved = true
		}
	}
	return nil
}

// Frozen implements Group.
func (g *v1) Frozen() (bool, error) {
	dir, err := g.dir("freezer")
	if err != nil {
		return false, err
	}
	state, err := os.ReadFile(filepath.Join(dir, "freezer.state"))
	return strings.TrimSpace(string(state)) == "FROZEN", err
}

// Remove implements Group.
func (g *v1) Remove() error {
	for _, dir := range g.dirs() {
		if err := g.empty(dir); err != nil {
			return err
		}
	}
	return nil
}

// empty kills what is in one directory of the group and removes it. v1 tells
// nobody when a group has become empty, so it is asked again, less and less
// often.
func (g *v1) empty(dir string) error {
	deadline := time.Now().Add(10 * time.Second)
	for pause := time.Millisecond; ; pause *= 2 {
		err := removeTree(dir)
		if !errors.Is(err, unix.EBUSY) || time.Now().After(deadline) {
			return err
		}
		if err := killEach(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		time.Sleep(pause)
	}
}
