// Command init is what a container's first process is until it becomes the
// container's command: package runtime, and nothing beside it, so that it starts
// in a third of the time that all of mini-docker takes. The engine carries it (see
// mini-docker/shim/program) and executes it; there is nothing to be typed.
package main

import (
	"fmt"
	"os"

	"drydock/mini-docker/runtime"
)

func main() {
	runtime.MaybeInit()
	fmt.Fprintln(os.Stderr, "this program begins a container: mini-docker starts it")
	os.Exit(2)
}
