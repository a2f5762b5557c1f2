// Package system holds the applets that tell who and where one is: user, host,
// kernel, time, terminal, memory.
package system

import "drydock/cmd/box/applet"

// Applets lists them.
func Applets() []applet.Applet {
	return []applet.Applet{
		{Name: "true", Run: func(*applet.Env, []string) int { return applet.OK }},
		{Name: "false", Run: func(*applet.Env, []string) int { return applet.Failed }},
		{Name: "hostname", Usage: "[-s] [NAME]", Run: hostname},
		{Name: "id", Usage: "[-u|-g|-G] [-n] [USER]", Run: identity},
		{Name: "whoami", Run: whoami},
	}
}
