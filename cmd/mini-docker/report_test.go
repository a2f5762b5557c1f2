package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// reported returns what a call prints of an error, and its exit status.
func reported(t *testing.T, err error) (text string, status int) {
	t.Helper()
	file, openErr := os.Create(filepath.Join(t.TempDir(), "err"))
	if openErr != nil {
		t.Fatal(openErr)
	}
	defer file.Close()
	status = (&cli{stderr: file}).report(err)
	return content(t, file), status
}

// run gives the status of a pull of its own, which has told why it failed, to who
// called it.
func TestWhatHasBeenSaidIsNotSaidAgain(t *testing.T) {
	silent := &statusError{exitEngine, nil}
	for _, test := range []struct {
		err    error
		text   string
		status int
	}{
		{silent, "", exitEngine},
		{&statusError{exitError, silent}, "", exitError},
		{&statusError{exitError, fmt.Errorf("pulling: %w", silent)}, "", exitError},
		{&statusError{exitEngine, errors.New("why")}, "mini-docker: why\n", exitEngine},
		{errors.New("why"), "mini-docker: why\n", exitError},
	} {
		if text, status := reported(t, test.err); text != test.text || status != test.status {
			t.Errorf("%#v: got %q and %d, want %q and %d", test.err, text, status, test.text, test.status)
		}
	}
}

func TestAnOutputThatIsFullIsNoFullDisk(t *testing.T) {
	for path, want := range map[string]bool{os.Stdout.Name(): false, "/var/lib/x": true} {
		text, _ := reported(t, &fs.PathError{Op: "write", Path: path, Err: unix.ENOSPC})
		if strings.Contains(text, "The disk is full") != want || !strings.Contains(text, path) {
			t.Errorf("%s: got %q", path, text)
		}
	}
}

func TestHelpThatCannotBePrintedFailsInOneLine(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here:", err)
	}
	defer full.Close()
	for _, args := range [][]string{{"--help"}, {"run", "--help"}, {}} {
		said, err := os.Create(filepath.Join(t.TempDir(), "err"))
		if err != nil {
			t.Fatal(err)
		}
		defer said.Close()
		status := (&cli{stdin: full, stdout: full, stderr: said}).main(args)
		if text := content(t, said); status == 0 || !strings.HasPrefix(text, "mini-docker: printing: ") {
			t.Errorf("%q: got status %d and %q", args, status, text)
		}
	}
}
