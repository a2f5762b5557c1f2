package main

import (
	"os"
	"testing"
)

// A person sees in how many shells they stand: so often exit leads back, and what took
// a shell's place is no deeper than that one was.
func TestTerminalPromptTellsTheDepth(t *testing.T) {
	s := open(t)
	s.typed("export PS1='at\\L> '\r")
	s.await("at> ")
	s.typed("sh\r")
	s.await("at (2)> ")
	s.typed("sh\r")
	s.await("at (3)> ")
	s.typed("exec sh\r")
	s.await("at (3)> ")
	s.typed("exit\r")
	s.await("at (2)> ")
	s.typed("exit\r")
	s.await("at> ")
}

// While a line is typed the terminal hands over every key, and lines that a job in the
// background prints begin at the left all the same.
func TestTerminalJobsPrintWholeLines(t *testing.T) {
	signal := t.TempDir() + "/signal"
	s := open(t)
	s.typed("mkfifo " + signal + "; (cat " + signal + "; echo two) &\r")
	s.await("] ") // the job's number
	s.await("> ") // and the prompt
	if err := os.WriteFile(signal, []byte("one\n"), 0); err != nil {
		t.Fatal(err)
	}
	s.await("one\r\ntwo\r\n")
}
