// Package files holds the applets that look at files: what is there, what it
// is called, how large it is, where it leads. Those that change a tree are in
// package tree.
package files

import "drydock/cmd/box/applet"

// Applets lists them.
func Applets() []applet.Applet {
	return []applet.Applet{
		{Name: "ls", Usage: "[-1adilFRrtSh] [--color[=WHEN]] [FILE]...", Run: ls},
	}
}
