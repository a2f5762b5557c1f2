// Package base carries the one layer of the base image mini/box inside the
// program, so that the first container runs with no network and no file beside
// the binary. The layer is made by the program in gen.
package base

import "embed"

// The folder is embedded, rather than the file, so that the package compiles
// before the layer is made. The pattern leaves out names that start with a dot.
//
//go:embed embedded
var embedded embed.FS

// Layer returns the layer, a gzipped tar as OCI image-spec layer.md describes
// it. ok is false in a program that was built without it: `make build` makes
// the layer first.
func Layer() (gz []byte, ok bool) {
	gz, err := embedded.ReadFile("embedded/base.tar.gz")
	return gz, err == nil
}
