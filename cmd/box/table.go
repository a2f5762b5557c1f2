package main

import (
	"slices"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/files"
	"drydock/cmd/box/applet/inet"
	"drydock/cmd/box/applet/link"
	"drydock/cmd/box/applet/match"
	"drydock/cmd/box/applet/mounts"
	"drydock/cmd/box/applet/namespaces"
	"drydock/cmd/box/applet/process"
	"drydock/cmd/box/applet/shell"
	"drydock/cmd/box/applet/start"
	"drydock/cmd/box/applet/system"
	"drydock/cmd/box/applet/sysv"
	"drydock/cmd/box/applet/text"
	"drydock/cmd/box/applet/tree"
	"drydock/cmd/box/applet/workload"
)

// table returns every applet that box has.
func table() []applet.Applet {
	return slices.Concat(
		files.Applets(),
		inet.Applets(),
		link.Applets(),
		match.Applets(),
		mounts.Applets(),
		namespaces.Applets(),
		process.Applets(),
		shell.Applets(),
		start.Applets(),
		system.Applets(),
		sysv.Applets(),
		text.Applets(),
		tree.Applets(),
		workload.Applets(),
	)
}
