// Package process holds the applets that show processes, signal them, start
// other programs in a special way, and make processes of the kinds that a
// lesson on them needs.
package process

import "drydock/cmd/box/applet"

// Applets lists them.
func Applets() []applet.Applet {
	return []applet.Applet{
		{Name: "ps", Usage: "[-e|-ef|-A|aux] [-o COLUMN,...] [-p PID,...]", Run: ps},
		{Name: "sleep", Usage: "SECONDS[smhd]...", Run: sleep},
	}
}
