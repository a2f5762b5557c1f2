//go:build cgo

package static

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// Become builds this test program again without cgo and becomes the result, with
// the same arguments. It returns only where cgo is off, as in that result. So
// the race detector, which needs cgo, sees nothing of these tests.
func Become() {
	program, err := build()
	if err == nil {
		err = unix.Exec(program, os.Args, os.Environ())
	}
	fmt.Fprintf(os.Stderr, "making this test program static: %v; run it with CGO_ENABLED=0\n", err)
	os.Exit(1)
}

// build makes the program beside this one, in the folder that `go test` removes
// when the tests have ended. The package is that of the working directory, where
// `go test` starts its programs.
func build() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	program := filepath.Join(filepath.Dir(self), "static", filepath.Base(self))
	args := []string{"test", "-c", "-o", program}
	if mode := testing.CoverMode(); mode != "" {
		args = append(args, "-cover", "-covermode", mode)
	}
	command := exec.Command("go", append(args, ".")...)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go test -c: %w: %s", err, output)
	}
	return program, nil
}
