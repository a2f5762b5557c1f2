package engine

import (
	"context"
	"errors"
	"fmt"
	"os"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/dirs"
	"drydock/mini-docker/engine/fill"
	"drydock/mini-docker/flock"
	"drydock/mini-docker/shim/wire"
)

// lockFD is where the shim of a container leaves the container's folder, locked,
// to the program it becomes.
const lockFD = 4

// MaybeFinish records the end of a container and clears away, if that is what this
// program was started for, by the container's shim, or fills a volume for an
// ordinary user, and never returns then.
//
// What goes wrong here is tried again by whoever next looks at the containers.
func MaybeFinish() {
	if len(os.Args) > 3 && os.Args[1] == fill.Arg {
		os.Exit(fill.Main(os.Args[2], os.Args[3], os.Args[4:]))
	}
	if len(os.Args) != 4 || os.Args[0] != wire.FinishArg {
		return
	}
	if err := finish(context.Background(), os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "mini-docker:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func finish(ctx context.Context, root, run, id string) error {
	e, err := Open(dirs.Dirs{Root: root, RunDir: run})
	if err != nil {
		return err
	}
	lock := flock.Inherited(os.NewFile(lockFD, "lock"))
	defer lock.Unlock()
	c, err := e.containers.Load(id)
	if errors.Is(err, container.ErrNotExist) {
		return e.forget(id) // removed by force
	}
	if err != nil {
		return err
	}
	if c.State.Status != container.Created || !e.containers.WasStarted(id) {
		return e.forget(id) // it has been recorded, or its start was interrupted
	}
	return e.settle(ctx, c)
}
