package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// An archive is no text, so that a terminal gets none; a file does, from there too.
func TestAnArchiveIsNotWrittenToATerminal(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no terminals here:", err)
	}
	defer terminal.Close()
	c := &cli{stdin: terminal, stdout: terminal, stderr: terminal}
	written := 0
	write := func(_ context.Context, w io.Writer) error {
		written++
		_, err := io.WriteString(w, "archive")
		return err
	}
	if err := c.writeArchive(t.Context(), "", write); err == nil || written > 0 {
		t.Errorf("to the terminal: got %v, written %d times", err, written)
	}
	path := filepath.Join(t.TempDir(), "a.tar")
	if err := c.writeArchive(t.Context(), path, write); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "archive" {
		t.Errorf("to a file: got %q, %v", got, err)
	}
}
