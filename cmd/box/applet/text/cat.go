package text

import (
	"fmt"
	"io"

	"drydock/cmd/box/applet"
)

// cat copies files to standard output. See cat(1).
func cat(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "n|number u")
	if !ok {
		return status
	}
	if f.Has("n") {
		n := 0
		return eachLine(e, names, func(line string) bool {
			n++
			fmt.Fprintf(e.Out, "%6d\t%s\n", n, line)
			return true
		})
	}
	return eachFile(e, names, func(_ string, r io.Reader) error { return copyAsRead(e.Out, r) })
}

// copyAsRead hands on each piece as soon as it is read: what comes from a pipe
// or a terminal may be the last for a long time.
func copyAsRead(out *applet.Output, r io.Reader) error {
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			if _, err := out.Write(buf[:n]); err != nil {
				return err
			}
			if err := out.Flush(); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
