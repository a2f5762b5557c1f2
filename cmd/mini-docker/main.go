// Command mini-docker is a container engine from scratch with Docker's own
// command grammar. This package holds flags, printing, exit codes and wiring;
// what it does stands in mini-docker/engine and mini-docker/runtime.
package main

import (
	"os"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/networks"
	"drydock/mini-docker/rawterm"
	"drydock/mini-docker/runtime"
)

func main() {
	become()
	os.Exit((&cli{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}).main(os.Args[1:]))
}

// become does not return where this program was started as something else that it is.
func become() {
	runtime.MaybeInit()    // this program is also a container's first process
	rawterm.MaybeGuard()   // and what puts a terminal back
	engine.MaybeFinish()   // and what a container's shim becomes in the end
	networks.MaybeAnswer() // and the name server of a network
}
