// Package system holds the applets that tell who and where one is: user, host,
// kernel, time, terminal, memory.
package system

import "drydock/cmd/box/applet"

// Applets lists them.
func Applets() []applet.Applet {
	return []applet.Applet{
		{Name: "[", Usage: "EXPRESSION ]", Run: testApplet},
		{Name: "clear", Run: clearScreen},
		{Name: "date", Usage: "[-u] [-R|-I] [-d @SECONDS] [+FORMAT]", Run: date},
		{Name: "false", Run: func(*applet.Env, []string) int { return applet.Failed }},
		{Name: "free", Usage: "[-b|-k|-m|-h]", Run: free},
		{Name: "hostname", Usage: "[-s] [NAME]", Run: hostname},
		{Name: "id", Usage: "[-u|-g|-G] [-n] [USER]", Run: identity},
		{Name: "nproc", Run: nproc},
		{Name: "pwd", Usage: "[-L|-P]", Run: pwd},
		{Name: "reset", Run: reset},
		{Name: "stty", Usage: "[-a|size|sane|raw|[-]MODE|rows N|cols N]...", Run: stty},
		{Name: "test", Usage: "EXPRESSION", Run: testApplet},
		{Name: "tput", Usage: "CAPABILITY [NUMBER]...", Run: tput},
		{Name: "true", Run: func(*applet.Env, []string) int { return applet.OK }},
		{Name: "tty", Usage: "[-s]", Run: tty},
		{Name: "uname", Usage: "[-asnrvmo]", Run: uname},
		{Name: "uptime", Run: uptime},
		{Name: "whoami", Run: whoami},
	}
}
