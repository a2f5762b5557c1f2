// Package text holds the applets that read text and print text: the filters
// that stand in a pipeline. Those that search by pattern are in package match.
package text

import "drydock/cmd/box/applet"

// Applets lists them.
func Applets() []applet.Applet {
	return []applet.Applet{
		{Name: "cat", Usage: "[-n] [FILE]...", Run: cat},
		{Name: "cut", Usage: "-f LIST [-d CHARACTER] [-s] | -c LIST [FILE]...", Run: cut},
		{Name: "diff", Usage: "[-u] [-q] FILE FILE", Run: diff},
		{Name: "echo", Usage: "[-neE] [TEXT]...", Run: Echo},
		{Name: "gunzip", Usage: "[-cfk] [FILE]...", Run: gunzip},
		{Name: "gzip", Usage: "[-cdfk] [FILE]...", Run: zip},
		{Name: "head", Usage: "[-n LINES] [-c BYTES] [FILE]...", Run: head},
		{Name: "hexdump", Usage: "-C [-n BYTES] [FILE]...", Run: hexdump},
		{Name: "md5sum", Usage: "[-c] [FILE]...", Run: md5sum},
		{Name: "printf", Usage: "FORMAT [ARGUMENT]...", Run: Printf},
		{Name: "seq", Usage: "[-s SEPARATOR] [-w] [FIRST [STEP]] LAST", Run: seq},
		{Name: "sha256sum", Usage: "[-c] [FILE]...", Run: sha256sum},
		{Name: "sort", Usage: "[-nrufb] [-k FIELD] [-t CHARACTER] [FILE]...", Run: sortLines},
		{Name: "tail", Usage: "[-n [+]LINES] [-c [+]BYTES] [-f] [FILE]...", Run: tail},
		{Name: "tee", Usage: "[-a] [FILE]...", Run: tee},
		{Name: "tr", Usage: "[-cds] SET [SET]", Run: tr},
		{Name: "uniq", Usage: "[-cdu] [FILE]", Run: uniq},
		{Name: "wc", Usage: "[-clmw] [FILE]...", Run: wc},
		{Name: "xxd", Usage: "[-l BYTES] [FILE]", Run: xxd},
		{Name: "yes", Usage: "[TEXT]...", Run: yes},
		{Name: "zcat", Usage: "[FILE]...", Run: zcat},
	}
}
