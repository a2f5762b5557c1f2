// Package tree holds the applets that change a file tree: copy, move, remove,
// make, link, change modes and owners, pack and unpack.
package tree

import "drydock/cmd/box/applet"

// Applets lists them.
func Applets() []applet.Applet {
	return []applet.Applet{
		{Name: "chmod", Usage: "[-R] MODE FILE...", Run: chmod},
		{Name: "chown", Usage: "[-Rh] [OWNER][:GROUP] FILE...", Run: chown},
		{Name: "cp", Usage: "[-adfpPrR] SOURCE... TARGET", Run: cp},
		{Name: "ln", Usage: "[-sfn] TARGET [LINK]", Run: ln},
		{Name: "mkdir", Usage: "[-p] [-m MODE] DIRECTORY...", Run: mkdir},
		{Name: "mkfifo", Usage: "[-m MODE] NAME...", Run: mkfifo},
		{Name: "mknod", Usage: "[-m MODE] NAME b|c|p [MAJOR MINOR]", Run: mknod},
		{Name: "mktemp", Usage: "[-d] [-p DIRECTORY] [TEMPLATE]", Run: mktemp},
		{Name: "mv", Usage: "[-fn] SOURCE... TARGET", Run: mv},
		{Name: "rm", Usage: "[-rRf] FILE...", Run: rm},
		{Name: "rmdir", Usage: "[-p] DIRECTORY...", Run: rmdir},
		{Name: "sync", Run: sync},
		{Name: "tar", Usage: "-c|-x|-t [-mzv] [-f ARCHIVE] [-C DIRECTORY] [FILE]...", Run: tarApplet},
		{Name: "touch", Usage: "[-c] FILE...", Run: touch},
		{Name: "truncate", Usage: "-s SIZE FILE...", Run: truncate},
	}
}
