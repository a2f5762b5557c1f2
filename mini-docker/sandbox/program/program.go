// Package program carries the small program that a sandbox's processes are
// executed from (mini-docker/sandbox/helper/program).
//
//	sandbox.Program = program.Open // in main, before the first sandbox
//
// A large program takes its time to start, each time: drydock needs thirty
// milliseconds to get its lexers ready, and a sandbox has two or three processes of
// its own.
package program

import (
	"embed"
	"errors"
	"os"

	"drydock/mini-docker/namespace"
)

// The folder is embedded, rather than the file, so that the package compiles
// before that is built.
//
//go:embed embedded
var embedded embed.FS

// ErrNone says that this program was built without the small one: it can be the
// sandbox's processes itself.
var ErrNone = errors.New("this program was built without the one that sandboxes begin with: run `make build`")

// Open returns the program as a file that can be executed, as /proc/self/fd/N, and
// that nobody can write to.
func Open() (*os.File, error) {
	file, err := embedded.Open("embedded/helper")
	if err != nil {
		return nil, ErrNone
	}
	defer file.Close()
	return namespace.Sealed(file)
}
