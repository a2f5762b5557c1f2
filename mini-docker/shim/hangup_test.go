package main

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestATerminalThatNobodyReadsIsHungUp(t *testing.T) {
	outer, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	if err := unix.IoctlSetPointerInt(outer, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(outer, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	inner, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	s := newShim("", "", "")
	s.output[0].fd, s.input.fd, s.input.isTTY = outer, outer, true
	s.hangUpTerminal()
	s.hangUpTerminal() // a second reader who leaves changes nothing
	if _, err := inner.WriteString("text"); err == nil {
		t.Error("what is written to it still goes through")
	}
	if !s.isDrained() || s.input.fd != -1 {
		t.Error("the shim still counts on it")
	}
	pipe := newShim("", "", "")
	pipe.output[0].fd = 1
	if pipe.hangUpTerminal(); pipe.output[0].fd != 1 {
		t.Error("a pipe was closed")
	}
}
