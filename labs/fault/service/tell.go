package service

import (
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
)

// logs is where services note what they do, as those of a whole machine would.
const logs = "/var/log"

// journal is the log of a service. One that cannot be written is not missed.
func journal(name string) *log.Logger {
	var to io.Writer = io.Discard
	if err := os.MkdirAll(logs, 0o755); err == nil {
		if f, err := os.OpenFile(filepath.Join(logs, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644); err == nil {
			to = f
		}
	}
	return log.New(to, name+": ", 0)
}

// tell answers whoever asks a service what it is: it runs with no argument only.
func tell(args []string) (exit int) {
	name := filepath.Base(os.Args[0])
	if !slices.Contains([]string{"--help", "-h", "help"}, args[0]) {
		fmt.Fprintf(os.Stderr, "%s: %q is unknown: it takes no argument\n", name, args[0])
		return 2
	}
	if name == clerk {
		fmt.Printf("%s is a program that works beside you, and keeps open the file that is its standard input.\n\nusage: %[1]s &\n", name)
		return 0
	}
	fmt.Printf(`%s is a service. It starts some errands, children that end soon, and asks
how each of them has ended. What it does it notes in %s/%[1]s.log.

usage: %[1]s &
`, name, logs)
	return 0
}
