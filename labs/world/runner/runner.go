// Package runner carries the small program that runs the scripts of checks in
// sandboxes where nobody needs the tutor (labs/world/runner/program).
//
//	file, err := runner.Open()
//	sandbox.File{Source: "/proc/self/fd/N", Target: world.Program}
//
// The tutor can do the same, and does where a learner is. But it is large: to copy it
// into a sandbox and to start it there takes longer than most scripts.
package runner

import (
	"embed"
	"errors"
	"os"

	"drydock/mini-docker/namespace"
)

// The folder is embedded, rather than the file, so that the package compiles before
// that is built.
//
//go:embed embedded
var embedded embed.FS

// ErrNone says that this program was built without the small one.
var ErrNone = errors.New("this program was built without the one that runs scripts: run `make build`")

// Open returns the program as a file that nobody can write to, to be copied.
func Open() (*os.File, error) {
	file, err := embedded.Open("embedded/runner")
	if err != nil {
		return nil, ErrNone
	}
	defer file.Close()
	return namespace.Sealed(file)
}
