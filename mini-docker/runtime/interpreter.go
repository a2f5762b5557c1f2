package runtime

import (
	"bytes"
	"io"
	"os"
	"strings"
)

// missing says what execve(2) means by ENOENT of a file that is there: not it, but
// what is to run it. "" where it is another matter.
func missing(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	head := make([]byte, 256) // as much as the kernel reads of a first line
	n, _ := io.ReadFull(file, head)
	line, isScript := bytes.CutPrefix(head[:n], []byte("#!"))
	if !isScript {
		return "the loader that it names is not there"
	}
	line, _, _ = bytes.Cut(line, []byte("\n"))
	words := strings.Fields(string(line))
	switch {
	case len(words) == 0:
		return ""
	case bytes.HasSuffix(line, []byte("\r")):
		return "its interpreter \"" + strings.TrimLeft(string(line[:len(line)-1]), " ") + "\\r\" is not there: its lines end as on Windows"
	}
	return "its interpreter " + words[0] + " is not there"
}
