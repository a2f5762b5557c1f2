package main

import (
	"fmt"
	"os"
	"strings"

	"drydock/mini-docker/engine/terminal"

	"github.com/docker/go-units"
)

// progress tells how far something is: on a terminal in one line that changes,
// elsewhere not at all, since what is printed there is read afterwards.
type progress struct {
	out   *os.File
	shown bool
}

func newProgress(out *os.File, quiet bool) *progress {
	if quiet || !isTerminal(out) {
		out = nil
	}
	return &progress{out: out}
}

// line replaces the line that is shown.
func (p *progress) line(what, state string, size int64) {
	if p.out == nil {
		return
	}
	p.shown = true
	// CSI 2 K clears the line the cursor is in (console_codes(4)).
	fmt.Fprintf(p.out, "\r\x1b[2K%s: %s %s", what, state, units.HumanSizeWithPrecision(float64(size), 3))
}

// end takes the line away.
func (p *progress) end() {
	if p.shown {
		fmt.Fprint(p.out, "\r\x1b[2K")
	}
}

func isTerminal(file *os.File) bool { return terminal.IsTerminal(file) }

// shortDigest is a name of a blob in an archive as a line of progress shows it.
func shortDigest(name string) string {
	name = name[strings.LastIndexByte(name, '/')+1:]
	return name[:min(len(name), 12)]
}
