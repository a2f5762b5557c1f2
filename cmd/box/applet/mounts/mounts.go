// Package mounts holds the applets that change what stands where in the file
// system tree: mounts, their propagation, and the root directory.
package mounts

import "drydock/cmd/box/applet"

// Applets lists them.
func Applets() []applet.Applet {
	return []applet.Applet{
		{Name: "chroot", Usage: "[--skip-chdir] DIRECTORY [COMMAND [ARGUMENT]...]", Run: chroot},
		{Name: "findmnt", Usage: "[-l] [-n] [-o COLUMN,...] [TARGET]", Run: findmnt},
		{Name: "mount", Usage: "[-t TYPE] [-o OPTION,...] [--bind|--rbind|--move|--make-PROPAGATION] [SOURCE] TARGET", Run: mount},
		{Name: "mountpoint", Usage: "[-q] PATH", Run: mountpoint},
		{Name: "pivot_root", Usage: "NEW_ROOT PUT_OLD", Run: pivotRoot},
		{Name: "umount", Usage: "[-flR] TARGET...", Run: umount},
	}
}
