package engine

import "drydock/mini-docker/format"

// The versions of the format of the containers' folder:
//
//	1  without a number; a container ends with the program that runs it
//	2  a container has a shim, which leaves its end in the file "exit"
//
// What one of version 1 has written is read as it is: there is nothing to be
// brought up but the number.
const formatVersion = 2

// checkFormat makes sure that this program knows what it is going to read.
func (e *Engine) checkFormat() error {
	return format.Check(format.Store{What: "containers", Dir: e.containers(), Version: formatVersion})
}
