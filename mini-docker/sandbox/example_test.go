package sandbox_test

import (
	"context"
	"fmt"
	"os"

	"drydock/mini-docker/sandbox"
)

// A program calls MaybeInit first of all, since it is also what the sandbox's
// first process runs.
func Example() {
	sandbox.MaybeInit()
	ctx := context.Background()
	box, err := sandbox.Start(ctx, sandbox.Spec{Base: "/path/of/an/unpacked/base"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer box.Close()
	exit, err := box.Exec(ctx, sandbox.Command{
		Args: []string{"sh", "-c", "echo I am $(id -un) on $(hostname)"}, Stdout: os.Stdout,
	})
	fmt.Println(exit, err)
	// Output:
	// the base that sandboxes are filled from is missing: "/path/of/an/unpacked/base": build it with `make build`
}
