package applet

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Output is an applet's standard output: collected into large writes, except
// on a terminal, where a person waits for each line.
type Output struct {
	collected []byte
	target    io.Writer
	terminal  bool
	err       error // the first that a write met; all later ones would meet it too
}

// enough is how many bytes are worth a write(2).
const enough = 32 << 10

// NewOutput returns an Output that writes to w.
func NewOutput(w io.Writer) *Output {
	return &Output{target: w, terminal: IsTerminal(w)}
}

// Write collects p; on a terminal it is shown at once.
func (o *Output) Write(p []byte) (int, error) {
	o.collected = append(o.collected, p...)
	return len(p), o.grown()
}

// WriteString is Write without a copy.
func (o *Output) WriteString(s string) (int, error) {
	o.collected = append(o.collected, s...)
	return len(s), o.grown()
}

func (o *Output) grown() error {
	if o.terminal || len(o.collected) >= enough {
		return o.Flush()
	}
	return o.err
}

// Flush hands on all that was collected, in one write. Applets that go on
// running after they printed something call it.
func (o *Output) Flush() error {
	if o.err == nil && len(o.collected) > 0 {
		_, o.err = o.target.Write(o.collected)
	}
	o.collected = o.collected[:0]
	return o.err
}

// Terminal reports whether a person watches.
func (o *Output) Terminal() bool { return o.terminal }

// File returns the file behind the output, for programs that are started with
// it; nil when there is none (a test's buffer).
func (o *Output) File() *os.File {
	f, _ := o.target.(*os.File)
	return f
}

// IsTerminal reports whether x is a file that is a terminal: TCGETS, which
// isatty(3) uses too, works on terminals only.
func IsTerminal(x any) bool {
	f, ok := x.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
