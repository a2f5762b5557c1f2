package main

import (
	"slices"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/files"
	"drydock/cmd/box/applet/mounts"
	"drydock/cmd/box/applet/process"
	"drydock/cmd/box/applet/shell"
	"drydock/cmd/box/applet/system"
	"drydock/cmd/box/applet/text"
)

// table returns every applet that box has.
func table() []applet.Applet {
	return slices.Concat(
		files.Applets(),
		mounts.Applets(),
		process.Applets(),
		shell.Applets(),
		system.Applets(),
		text.Applets(),
	)
}
