package program

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestTheProgramIsExecutedAndCannotBeWrittenTo(t *testing.T) {
	file, err := Open()
	if err != nil {
		t.Fatalf("%v: `make build` makes it", err)
	}
	defer file.Close()
	started := exec.Command("/proc/self/fd/3")
	started.ExtraFiles = []*os.File{file}
	text, err := started.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(text), "begins a sandbox") {
		t.Errorf("started by hand it prints %q and ends with %v, want what it is for, and status 2", text, err)
	}
	writable, err := os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", file.Fd()), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writable.Close()
	if _, err := writable.Write([]byte("other")); !errors.Is(err, unix.EPERM) {
		t.Errorf("writing to it: %v, want EPERM", err)
	}
}
