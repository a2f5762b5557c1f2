// Command program is what a sandbox's own processes are executed from: package
// helper, and nothing beside it. Who starts sandboxes carries it (see
// mini-docker/sandbox/program); there is nothing to be typed.
package main

import (
	"fmt"
	"os"

	"drydock/mini-docker/sandbox/helper"
)

func main() {
	helper.MaybeMain()
	fmt.Fprintln(os.Stderr, "this program begins a sandbox: drydock starts it")
	os.Exit(2)
}
