// Package files holds the applets that look at files: what is there, what it
// is called, how large it is, where it leads. Those that change a tree are in
// package tree.
package files

import "drydock/cmd/box/applet"

// Applets lists them.
func Applets() []applet.Applet {
	return []applet.Applet{
		{Name: "basename", Usage: "NAME [SUFFIX]", Run: basename},
		{Name: "df", Usage: "[-hkT] [FILE]...", Run: df},
		{Name: "dirname", Usage: "NAME...", Run: dirname},
		{Name: "du", Usage: "[-ahks] [-d DEPTH] [FILE]...", Run: du},
		{Name: "find", Usage: "[PATH]... [-maxdepth N] [-mindepth N] [-xdev] [-name PATTERN] [-path PATTERN] [-type LETTER] [-links N] [-perm MODE] [-user NAME] [-empty] [!] [-print|-print0]", Run: find},
		{Name: "getfattr", Usage: "[-d] [-m PATTERN] FILE...", Run: getfattr},
		{Name: "ls", Usage: "[-1aAdFhilnRrSt] [--color[=WHEN]] [--full-time] [FILE]...", Run: ls},
		{Name: "readlink", Usage: "[-fn] FILE...", Run: readlink},
		{Name: "realpath", Usage: "FILE...", Run: realpath},
		{Name: "stat", Usage: "[-L] [-c FORMAT] FILE...", Run: stat},
	}
}
