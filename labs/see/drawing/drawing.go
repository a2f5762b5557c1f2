// Package drawing draws what a look at the kernel found: processes as a tree,
// and around those that are in namespaces of their own a box that says which
// ones are new and what is in them.
//
//	scene, err := see.Look(ctx)
//	err = drawing.Draw(os.Stdout, scene, drawing.Options{Width: 80, Colour: true})
//	err = drawing.SVG(file, scene, drawing.Options{Width: 100})
//
// A drawing is made in three steps, one file each: plan.go says what there is
// to draw, layout.go where each thing goes on a grid of characters, and
// terminal.go and svg.go put it there. plain.go tells the same plan in
// sentences, for those who listen. With Options.Changes all of them mark what
// came, went and changed.
//
// The package looks at nothing itself, and a scene is always drawn alike.
package drawing

import (
	"io"

	"drydock/labs/see"
)

// Options say how to draw.
type Options struct {
	Width   int          // columns at most; 0 means 80. Less than 24 is drawn as 24
	Colour  bool         // with the terminal's colours
	Plain   bool         // sentences instead of a drawing
	Images  bool         // what an engine keeps here, and nothing else
	Cluster bool         // of a cluster only the nodes, their pods and what runs in those
	Changes *see.Changes // mark these; nil: mark nothing
}

// Widths in columns.
const (
	defaultWidth = 80
	minWidth     = 24
)

// Draw writes a drawing for a terminal.
func Draw(w io.Writer, s see.Scene, o Options) error {
	p := planOf(s, o)
	text := ""
	if o.Plain {
		text = p.sentences()
	} else {
		text = layOut(p, o.width()).terminal(o.Colour)
	}
	_, err := io.WriteString(w, text)
	return err
}

// SVG writes the same drawing as an SVG image that needs nothing but itself:
// its text can be selected, it holds no script, and it follows the reader's
// choice of light or dark.
func SVG(w io.Writer, s see.Scene, o Options) error {
	p := planOf(s, o)
	_, err := io.WriteString(w, layOut(p, o.width()).svg(p))
	return err
}

func (o Options) width() int {
	if o.Width == 0 {
		return defaultWidth
	}
	return max(o.Width, minWidth)
}
