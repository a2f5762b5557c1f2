// Package runner carries the small program that runs the scripts of checks in
// sandboxes where nobody needs the tutor (labs/world/runner/program).
//
//	if program := runner.Program(); program != nil { … }
//
// The tutor can do the same, and does where a learner is. But it is large: to copy it
// into a sandbox and to start it there takes longer than most scripts.
package runner

import "embed"

// The folder is embedded, rather than the file, so that the package compiles before
// that is built.
//
//go:embed embedded
var embedded embed.FS

// Program returns it, or nil where it was not built in.
func Program() []byte {
	program, err := embedded.ReadFile("embedded/runner")
	if err != nil {
		return nil
	}
	return program
}
