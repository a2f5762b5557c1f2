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

	"golang.org/x/sys/unix"
)

// setting is a file of a group and what to write to it.
type setting struct{ file, value string }

// writeAll writes settings into a group's directory, in their order.
func writeAll(dir string, settings []setting) error {
	for len(settings) > 0 {
		file := settings[0].file
		var values []string
		for len(settings) > 0 && settings[0].file == file {
			values = append(values, settings[0].value)
			settings = settings[1:]
		}
		if err := write(dir, file, values...); err != nil {
			return err
		}
	}
	return nil
}

// write writes one value after the other to one file of a group. That the kernel
// has no such file means that it cannot limit this. The files are written without
// the package os, which would have each of them watched for being ready.
func write(dir, file string, values ...string) error {
	path := filepath.Join(dir, file)
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err == unix.ENOENT && isThere(dir) {
		return fmt.Errorf("setting %s to %q: this kernel has no such limit, or the controller is not enabled here", file, values[0])
	}
	if err != nil {
		return &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	for _, value := range values {
		_, err := unix.Write(fd, []byte(value))
		if err == unix.EBUSY && strings.HasPrefix(file, "memory.") {
			return fmt.Errorf("setting %s to %s bytes: its processes use more than that, and can give back too little: %w", file, value, err)
		}
		if err != nil {
			return fmt.Errorf("setting %s to %q: %w", path, value, err)
		}
	}
	return nil
}

// readNumber reads a file that holds one number; "max" is 0, as are the v1
// interface's numbers near 2^63, all of which mean that there is no limit.
func readNumber(dir, file string) (uint64, error) {
	text, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return 0, err
	}
	word := strings.TrimSpace(string(text))
	if word == "max" || word == "-1" {
		return 0, nil
	}
	number, err := strconv.ParseUint(word, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("reading %s: %w", file, err)
	}
	if number > 1<<62 {
		return 0, nil
	}
	return number, nil
}

// readKeyed reads a file of lines "key number".
func readKeyed(dir, file string) (map[string]uint64, error) {
	text, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return nil, err
	}
	values := map[string]uint64{}
	scanner := bufio.NewScanner(bytes.NewReader(text))
	for scanner.Scan() {
		fields := strings.Fields(scanner.Text())
		if len(fields) != 2 {
			continue
		}
		if number, err := strconv.ParseUint(fields[1], 10, 64); err == nil {
			values[fields[0]] = number
		}
	}
	return values, nil
}

// processes lists the processes of a group.
func processes(dir string) ([]int, error) {
	text, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	if err != nil {
		return nil, err
	}
	var pids []int
	for word := range strings.FieldsSeq(string(text)) {
		pid, err := strconv.Atoi(word)
		if err != nil {
			return nil, err
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

// removeTree removes a group's directory and the groups below it. The files in
// it are the kernel's and vanish with it: only directories are removed. Busy
// (EBUSY) is a group that still holds a process, if only a dying one.
func removeTree(dir string) error {
	if err := unix.Rmdir(dir); err == nil || err == unix.ENOENT {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() {
			if err := removeTree(filepath.Join(dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	if err := unix.Rmdir(dir); err != nil && !errors.Is(err, unix.ENOENT) {
		return &os.PathError{Op: "rmdir", Path: dir, Err: err}
	}
	return nil
}

// removeEmpty removes a group's directory if nothing is in it.
func removeEmpty(dir string) error {
	err := unix.Rmdir(dir)
	switch err {
	case nil, unix.ENOENT, unix.EBUSY, unix.ENOTEMPTY:
		return nil
	}
	return &os.PathError{Op: "rmdir", Path: dir, Err: err}
}

// retryGone makes a group again if its parent vanished meanwhile, which happens
// when the parent's last other group is removed just then (RemoveParent).
func retryGone(make func() error) error {
	const attempts = 100
	for range attempts {
		if err := make(); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return make()
}
