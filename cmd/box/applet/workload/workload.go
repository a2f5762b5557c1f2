// Package workload holds the applets that do something for a lesson to look
// at: processes that sleep, end unseen, lose their parent, catch signals, or
// eat what they can get.
package workload

import "drydock/cmd/box/applet"

// Applets lists them.
func Applets() []applet.Applet {
	return []applet.Applet{
		{Name: "fork", Usage: "[-n COUNT] [-t SECONDS]", Run: fork},
		{Name: "orphan", Usage: "COMMAND [ARGUMENT]...", Run: orphan},
		{Name: "sigwatch", Usage: "", Run: sigwatch},
		{Name: "sleep", Usage: "SECONDS[smhd]...", Run: sleep},
		{Name: "stress", Usage: "[--memory SIZE] [--cpu COUNT] [--forks COUNT] [--timeout TIME]", Run: stress},
		{Name: "zombie", Usage: "[-n COUNT]", Run: zombie},
	}
}
