package engine

import (
	"context"
	"errors"
	"fmt"
	"os"

	"drydock/mini-docker/shim/wire"
)

// lockFD is where the shim of a container leaves the container's folder, locked,
// to the program it becomes.
const lockFD = 4

// MaybeFinish records the end of a container and clears away, if that is what this
// program was started for, by the container's shim, and never returns then.
//
// What goes wrong here is tried again by whoever next looks at the containers.
func MaybeFinish() {
	work := map[string]func(ctx context.Context, e *Engine, id string) error{wire.FinishArg: finish, wire.PartArg: part}[os.Args[0]]
	if work == nil || len(os.Args) != 4 {
		return
	}
	e, err := Open(Options{Root: os.Args[1], RunDir: os.Args[2]})
	if err == nil {
		err = work(context.Background(), e, os.Args[3])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mini-docker:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// part takes back what the container had of networks, if it has not been started
// again meanwhile, and tells its neighbours.
func part(_ context.Context, e *Engine, id string) error {
	leases, err := e.Networks().Of(id)
	if err != nil {
		return err
	}
	if err := e.Networks().Sweep(); err != nil {
		return err
	}
	return e.writeNames(networksOf(leases)...)
}

func finish(ctx context.Context, e *Engine, id string) error {
	lock := &folderLock{os.NewFile(lockFD, "lock")}
	defer lock.unlock()
	c, err := e.load(id)
	if errors.Is(err, ErrNotExist) {
		return e.forget(id) // removed by force
	}
	if err != nil {
		return err
	}
	if c.State.Status != Created || !e.wasStarted(id) {
		return e.forget(id) // it has been recorded, or its start was interrupted
	}
	return e.settle(ctx, c)
}
