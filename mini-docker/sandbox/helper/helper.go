// Package helper tells a program that a sandbox was started with what it is: the
// sandbox's first process, or one that stays outside and lends or clears away.
//
//	func main() { helper.MaybeMain() }
//
// The program that starts sandboxes may be all of these itself
// (sandbox.MaybeInit); helper/program is nothing else, and starts in a tenth of the
// time.
package helper

import (
	"encoding/json"
	"os"

	"drydock/mini-docker/sandbox/guest"
	"drydock/mini-docker/sandbox/lend"
	"drydock/mini-docker/sandbox/subtree"

	"golang.org/x/sys/unix"
)

// ProbeArg is argv[0] of the process that tries out what a sandbox could have. Its
// argument is the directory to mount over.
const ProbeArg = "sandbox-probe"

// MaybeMain does not return if this program was started as one of a sandbox's
// processes, which argv[0] tells.
func MaybeMain() {
	if len(os.Args) == 0 {
		return
	}
	switch os.Args[0] {
	case guest.Arg:
		os.Exit(guest.Main())
	case ProbeArg:
		os.Exit(probe())
	case lend.Arg:
		os.Exit(lend.Main())
	case subtree.WatcherArg:
		os.Exit(subtree.Watcher(os.Args[1:]))
	}
}

// probe is the life of the process that tries things.
func probe() int {
	if len(os.Args) < 2 {
		return 1
	}
	scratch := 3 // the first of the extra files
	var stat unix.Stat_t
	if unix.Fstat(scratch, &stat) != nil || stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		scratch = -1
	}
	if err := json.NewEncoder(os.Stdout).Encode(guest.Probe(os.Args[1], scratch)); err != nil {
		return 1
	}
	return 0
}
