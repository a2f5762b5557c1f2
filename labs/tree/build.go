package tree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"drydock/labs/partial"
)

// BuildError reports code that does not compile.
type BuildError struct {
	Lines  []Line
	Output string // all that the compiler said
}

// Line is one thing the compiler has to say.
type Line struct {
	File     string // relative to the tree
	Row, Col int    // Col is 0 where the compiler names none
	Text     string
}

// String is the line as editors jump to it.
func (l Line) String() string {
	if l.Col == 0 {
		return fmt.Sprintf("%s:%d: %s", l.File, l.Row, l.Text)
	}
	return fmt.Sprintf("%s:%d:%d: %s", l.File, l.Row, l.Col, l.Text)
}

// Error is the compiler's lines, in the learner's files.
func (e *BuildError) Error() string {
	if len(e.Lines) == 0 {
		return strings.TrimSpace(e.Output)
	}
	var b strings.Builder
	for i, l := range e.Lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(l.String())
	}
	return b.String()
}

// Build compiles a package of the tree, such as ./cmd/mini-docker, to the file
// out, which is replaced only by a program that was built. Code that does not
// compile is a *BuildError.
//
// Nothing is fetched: the modules' versions are those of go.mod, the toolchain
// is the one that is installed. With -trimpath a tree shares what is compiled
// with every other tree, wherever it lies.
func (t *Tree) Build(ctx context.Context, pkg, out string) error {
	return t.compile(ctx, pkg, out, "build")
}

// BuildTest compiles the tests of a package to a program, and is otherwise as
// Build.
func (t *Tree) BuildTest(ctx context.Context, pkg, out string) error {
	return t.compile(ctx, pkg, out, "test", "-c")
}

// compile has the go command make the file out of a package.
func (t *Tree) compile(ctx context.Context, pkg, out string, verb ...string) error {
	gocmd, err := exec.LookPath("go")
	if err != nil {
		return ErrNoGo
	}
	if !t.has("go.mod") {
		return fmt.Errorf("%s: %w", t.c.Dir, ErrIncomplete)
	}
	if out, err = filepath.Abs(out); err != nil {
		return err
	}
	err = partial.Make(out, func(part string) error { return t.run(ctx, gocmd, pkg, append(verb, "-o", part)) })
	return diskFull(err)
}

// run runs the go command, which is to build pkg.
func (t *Tree) run(ctx context.Context, gocmd, pkg string, verb []string) error {
	if t.c.Compiled != nil {
		verb = append(verb, "-v")
	}
	build := exec.CommandContext(ctx, gocmd, append(verb, "-trimpath", "-buildvcs=false", "-ldflags=-s -w", pkg)...)
	build.Dir = t.c.Dir
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=readonly", "GOTOOLCHAIN=local",
		"GOWORK=off", "GOOS=linux", "GOARCH=", "PWD="+t.c.Dir)
	output := &saying{compiled: t.c.Compiled}
	build.Stdout, build.Stderr = output, output
	if err := build.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return explain(pkg, output.String(), err)
	}
	return nil
}

// tooOld matches what the go command says to a go.mod of a newer version.
var tooOld = regexp.MustCompile(`requires go >= (\S+) \(running go (\S+?)[;)]`)

// unreachable are pieces of what the go command says when a module is missing
// and the network or GOPROXY=off keeps it from getting it.
var unreachable = []string{"module lookup disabled", "dial tcp", "proxyconnect", "no such host", "TLS handshake"}

// explain turns the output of a build that failed into an error that says
// whose fault it is.
func explain(pkg, output string, err error) error {
	if m := tooOld.FindStringSubmatch(output); m != nil {
		return &GoVersionError{Need: m[1], Have: m[2]}
	}
	if strings.Contains(output, "no space left on device") || strings.Contains(output, "disk quota exceeded") {
		return fmt.Errorf("building %s: %w", pkg, ErrDiskFull)
	}
	if slices.ContainsFunc(unreachable, func(s string) bool { return strings.Contains(output, s) }) {
		return fmt.Errorf("building %s: %w: %s", pkg, ErrNoModules, strings.TrimSpace(output))
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return fmt.Errorf("building %s: %w", pkg, err)
	}
	return &BuildError{Lines: parseOutput(output), Output: output}
}

// position matches file:line:col: message; the column may be missing.
var position = regexp.MustCompile(`^(?:\./)?([^\s:]+):(\d+):(?:(\d+):)? (.*)$`)

// parseOutput picks the lines with a position out of the compiler's output;
// indented lines go on with the one before.
func parseOutput(output string) []Line {
	var lines []Line
	for text := range strings.Lines(output) {
		text = strings.TrimRight(text, "\r\n")
		if m := position.FindStringSubmatch(text); m != nil {
			row, _ := strconv.Atoi(m[2]) // digits, as matched
			col, _ := strconv.Atoi(m[3])
			lines = append(lines, Line{File: m[1], Row: row, Col: col, Text: m[4]})
		} else if strings.HasPrefix(text, "\t") && len(lines) > 0 {
			lines[len(lines)-1].Text += "\n" + text
		}
	}
	return lines
}
