package cgroup

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Stats implements Group.
func (g *v2) Stats() (Stats, error) {
	var s Stats
	var err error
	for file, into := range map[string]*uint64{
		"memory.current": &s.MemoryBytes, "memory.max": &s.MemoryLimitBytes,
		"pids.current": &s.Processes, "pids.max": &s.ProcessesLimit,
	} {
		if *into, err = readNumber(g.dir, file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return s, err
		}
	}
	if memory, err := readKeyed(g.dir, "memory.stat"); err == nil {
		s.MemoryBytes -= min(s.MemoryBytes, memory["inactive_file"])
	}
	if events, err := readKeyed(g.dir, "memory.events"); err == nil {
		s.OOMKills = events["oom_kill"]
	}
	cpu, err := readKeyed(g.dir, "cpu.stat")
	if err != nil {
		return s, err
	}
	s.CPUNanoseconds = cpu["usage_usec"] * uint64(time.Microsecond)
	s.ReadBytes, s.WrittenBytes = sumIO(filepath.Join(g.dir, "io.stat"))
	return s, nil
}

// sumIO adds up what was read and written over all devices. A line of the file
// is "8:0 rbytes=1 wbytes=2 rios=…".
func sumIO(path string) (read, written uint64) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, 0
	}
	scanner := bufio.NewScanner(bytes.NewReader(text))
	for scanner.Scan() {
		for field := range strings.FieldsSeq(scanner.Text()) {
			key, value, _ := strings.Cut(field, "=")
			number, err := strconv.ParseUint(value, 10, 64)
			switch {
			case err != nil:
			case key == "rbytes":
				read += number
			case key == "wbytes":
				written += number
			}
		}
	}
	return read, written
}

// Freeze implements Group.
func (g *v2) Freeze(frozen bool) error {
	want := "0"
	if frozen {
		want = "1"
	}
	if err := write(g.dir, "cgroup.freeze", want); err != nil {
		return err
	}
	return g.waitFor("frozen", want)
}

// Frozen implements Group.
func (g *v2) Frozen() (bool, error) {
	events, err := readKeyed(g.dir, "cgroup.events")
	return events["frozen"] == 1, err
}

// Remove implements Group.
func (g *v2) Remove() error {
	err := write(g.dir, "cgroup.kill", "1")
	if _, gone := os.Stat(g.dir); errors.Is(gone, fs.ErrNotExist) {
		return nil
	}
	if err != nil { // before Linux 5.14: one by one
		err = killEach(g.dir)
	}
	if err == nil {
		err = g.waitFor("populated", "0")
	}
	if err != nil {
		return err
	}
	return removeTree(g.dir)
}

// waitFor waits until cgroup.events shows the value for the key. The kernel
// tells watchers of that file when it changes (POLLPRI), so nobody has to ask
// again and again. See admin-guide/cgroup-v2.rst, Core Interface Files.
func (g *v2) waitFor(key, value string) error {
	events, err := os.Open(filepath.Join(g.dir, "cgroup.events"))
	if err != nil {
		return err
	}
	defer events.Close()
	deadline := time.Now().Add(10 * time.Second)
	for {
		text := make([]byte, 256)
		n, err := events.ReadAt(text, 0)
		if n == 0 {
			return err
		}
		if strings.Contains(string(text[:n]), key+" "+value+"\n") {
			return nil
		}
		left := time.Until(deadline)
		if left <= 0 {
			return fmt.Errorf("waiting for the cgroup %s to become %s %s: still not so after 10 s", g.dir, key, value)
		}
		poll := []unix.PollFd{{Fd: int32(events.Fd()), Events: unix.POLLPRI}}
		if _, err := unix.Poll(poll, int(left.Milliseconds())+1); err != nil && err != unix.EINTR {
			return err
		}
	}
}

// killEach ends every process in a group and in those below it.
func killEach(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		pids, err := processes(path)
		if err != nil {
			return err
		}
		for _, pid := range pids {
			if err := unix.Kill(pid, unix.SIGKILL); err != nil && err != unix.ESRCH {
				return fmt.Errorf("ending process %d of the cgroup: %w", pid, err)
			}
		}
		return nil
	})
}
