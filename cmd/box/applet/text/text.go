// Package text holds the applets that read text and print text: the filters
// that stand in a pipeline.
package text

import "drydock/cmd/box/applet"

// Applets lists them.
func Applets() []applet.Applet {
	return []applet.Applet{
		{Name: "cat", Usage: "[-n] [FILE]...", Run: cat},
		{Name: "echo", Usage: "[-neE] [TEXT]...", Run: Echo},
		{Name: "printf", Usage: "FORMAT [ARGUMENT]...", Run: Printf},
	}
}
