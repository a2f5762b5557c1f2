package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"drydock/mini-docker/image/remote"

	"github.com/docker/go-units"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/term"
)

// bars tell how far layers are, as docker pull does: on a terminal each has a line
// that changes; elsewhere a line is printed once a layer is through, since what is
// printed there is read afterwards.
type bars struct {
	out      *os.File
	terminal bool
	now      func() time.Time

	lines []v1.Hash // from the top
	shown map[v1.Hash]string
	drawn map[v1.Hash]time.Time
}

// redrawEvery is how often a bar grows.
const redrawEvery = 100 * time.Millisecond

func newBars(out *os.File) *bars {
	return &bars{out: out, terminal: out != nil && isTerminal(out), now: time.Now,
		shown: map[v1.Hash]string{}, drawn: map[v1.Hash]time.Time{}}
}

func (b *bars) show(p remote.Progress) {
	if !b.terminal {
		if p.State == remote.AlreadyExists || p.State == remote.PullComplete || p.State == remote.Pushed || p.State == remote.Present {
			fmt.Fprintf(b.out, "%.12s: %s\n", p.Digest.Hex, p.State)
		}
		return
	}
	if !b.due(p) {
		return
	}
	columns, _, err := term.GetSize(int(b.out.Fd()))
	if err != nil || columns == 0 {
		columns = 80
	}
	fmt.Fprint(b.out, b.draw(p, columns))
}

// due says whether there is something to draw: a new state, or a bar that has not grown
// for a while.
func (b *bars) due(p remote.Progress) bool {
	last, ok := b.drawn[p.Digest]
	if ok && p.State == b.shown[p.Digest] && b.now().Sub(last) < redrawEvery {
		return false
	}
	b.shown[p.Digest], b.drawn[p.Digest] = p.State, b.now()
	return true
}

// draw goes up to the layer's line, writes it anew, and comes back below the last one
// (console_codes(4): CSI A is up, CSI B down, CSI 2 K clears the line).
func (b *bars) draw(p remote.Progress, columns int) string {
	at := slices.Index(b.lines, p.Digest)
	if at < 0 {
		b.lines = append(b.lines, p.Digest)
		return fmt.Sprintf("%s\n", barLine(p, columns))
	}
	up := len(b.lines) - at
	return fmt.Sprintf("\x1b[%dA\r\x1b[2K%s\r\x1b[%dB", up, barLine(p, columns), up)
}

// barLine is a layer's line: it never fills the last column, since a terminal that
// breaks lines would push all others down.
func barLine(p remote.Progress, columns int) string {
	line := fmt.Sprintf("%.12s: %s", p.Digest.Hex, p.State)
	if p.State != remote.Downloading || p.Size == 0 {
		return line
	}
	sizes := fmt.Sprintf("%s/%s", units.HumanSizeWithPrecision(float64(p.At), 3), units.HumanSizeWithPrecision(float64(p.Size), 3))
	room := min(columns-len(line)-len(" [>] ")-len("1.234kB/1.234kB")-1, 50)
	if room < 10 {
		return line + " " + sizes
	}
	full := int(int64(room) * p.At / p.Size)
	return fmt.Sprintf("%s [%s>%s] %s", line, strings.Repeat("=", full), strings.Repeat(" ", room-full), sizes)
}
