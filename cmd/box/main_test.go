package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"drydock/testscripts/static"
)

// The test program is box as well: links to it, named like applets, are put on
// a path of their own.
func TestMain(m *testing.M) {
	static.Become()
	if _, ok := find(strings.TrimPrefix(filepath.Base(os.Args[0]), "-")); ok {
		main()
		return
	}
	os.Exit(m.Run())
}

// installed returns a directory with a link for every applet.
func installed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range table() {
		if err := os.Symlink(program, filepath.Join(dir, a.Name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

type result struct {
	out, err string
	status   int
}

// run runs an applet as a process with nothing but applets on its path.
func run(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	dir := installed(t)
	cmd := exec.Command(filepath.Join(dir, args[0]), args[1:]...)
	cmd.Args[0] = args[0]
	cmd.Env = []string{"PATH=" + dir, "HOME=/"}
	cmd.Dir = t.TempDir()
	// A real pipe, as between programs: what one leaves unread the next gets.
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

func TestEveryAppletSaysWhatItDoesNotKnow(t *testing.T) {
	// Those that take their arguments as they are.
	free := map[string]bool{"true": true, "false": true, "echo": true, "printf": true, "test": true, "[": true, "yes": true, "find": true}
	for _, a := range table() {
		if free[a.Name] {
			continue
		}
		_, errs, status := called(t, "", a.Name, "--no-such-option")
		if status != 2 || !strings.Contains(errs, "no-such-option") {
			t.Errorf("%s --no-such-option: got status %d, %q; want 2 and the option's name", a.Name, status, errs)
		}
	}
}

func TestAppletNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range table() {
		if seen[a.Name] {
			t.Errorf("%s stands in the table twice", a.Name)
		}
		seen[a.Name] = true
	}
}

func TestFullDiskIsReported(t *testing.T) {
	r := run(t, "", "sh", "-c", "seq 10 > /dev/full")
	if r.status != 1 || !strings.Contains(r.err, "No space left on device") {
		t.Errorf("writing to a full device: got status %d, %q", r.status, r.err)
	}
}
