// Package narration words the steps of a container's start for a person.
//
//	n := narration.New(os.Stderr, narration.Style{Width: 80, Colour: true})
//	engine.CreateOptions{Narrate: n.Tell}
//
// Every line is a sentence or begins with a word that says what it holds, so
// that it also reads well aloud; colour only repeats what the words say.
package narration

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"drydock/mini-docker/explain"
)

// Style is how the text is set.
type Style struct {
	Width  int  // characters in a line
	Colour bool // for a terminal whose user has nothing against it
}

// Narration tells of one step after the other.
type Narration struct {
	out   io.Writer
	style Style
	wait  func(step int) // after each step; nil does not wait

	mutex sync.Mutex // steps are told by more than one goroutine
	steps int
}

// New returns a narration that writes to out. wait, if it is not nil, is called
// after a step is told and before it is done.
func New(out io.Writer, style Style, wait func(step int)) *Narration {
	return &Narration{out: out, style: style, wait: wait}
}

// Tell is an explain.Narrator.
func (n *Narration) Tell(step explain.Step, particular string) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.steps++
	io.WriteString(n.out, n.text(n.steps, step, particular))
	if n.wait != nil {
		n.wait(n.steps)
	}
}

// The codes of a terminal's looks. See console_codes(4).
const (
	bold   = "\x1b[1m"
	faint  = "\x1b[2m"
	normal = "\x1b[m"
)

// text words a step.
func (n *Narration) text(number int, step explain.Step, particular string) string {
	var b strings.Builder
	n.paragraph(&b, bold, "", fmt.Sprintf("Step %d %s.", number, step.Does))
	if particular != "" {
		n.paragraph(&b, "", "   ", "Here: "+particular)
	}
	n.paragraph(&b, "", "   ", "Kernel: "+step.Call)
	n.paragraph(&b, faint, "   ", "Lesson: "+step.Lesson)
	n.paragraph(&b, faint, "   ", "Code: "+step.Declaration)
	return b.String()
}

// paragraph sets text in lines that begin with the indent, those after the first
// with three spaces more. A word that is longer than a line stands out.
func (n *Narration) paragraph(b *strings.Builder, look, indent, text string) {
	if n.style.Colour && look != "" {
		b.WriteString(look)
		defer b.WriteString(normal)
	}
	column := 0
	for word := range strings.FieldsSeq(text) {
		length := len([]rune(word))
		switch {
		case column == 0:
			b.WriteString(indent)
			column = len(indent)
		case column+1+length > n.style.Width && len(indent)+3+length <= n.style.Width:
			b.WriteString("\n" + indent + "   ")
			column = len(indent) + 3
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += length
	}
	b.WriteByte('\n')
}
