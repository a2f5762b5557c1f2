// Package mounts holds the applets that change what stands where in the file
// system tree: mounts, their propagation, and the root directory.
package mounts

import "drydock/cmd/box/applet"

// Applets lists them.
func Applets() []applet.Applet {
	return []applet.Applet{
		{Name: "mount", Usage: "[-t TYPE] [-o OPTION,...] [--bind|--rbind|--move|--make-PROPAGATION] [SOURCE] TARGET", Run: mount},
		{Name: "umount", Usage: "[-lfR] TARGET...", Run: umount},
	}
}
