package main

import "golang.org/x/sys/unix"

// pauseName is what this program is called where it is the first process of a
// pod's sandbox: it keeps the sandbox's namespaces there, which others join.
const pauseName = "/pause"

// pause waits until it is killed. Where the processes of a pod are shared it is
// PID 1 to them all, and inherits those whose parent ends: by ignoring SIGCHLD it
// has the kernel forget each that ends, so none stays as a zombie. See wait(2),
// Notes.
func pause() {
	setSignals(ignoreAction, unix.SIGCHLD)
	for {
		unix.Poll(nil, -1)
	}
}
