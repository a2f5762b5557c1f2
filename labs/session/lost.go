package session

import (
	"context"
	"errors"
	"fmt"
	"os"

	"drydock/labs/world"
	"drydock/mini-docker/sandbox"
)

// LostRoot says what to do where err comes from a sandbox that has none of our
// programs any more: its own root was exchanged for another. The process that
// holds it is told through such a program, so from here it can be neither mended
// nor ended. Any other error stays as it is.
func (me Learner) LostRoot(ctx context.Context, err error, lesson string) error {
	if err == nil {
		return nil
	}
	control, noControl := me.checkedIn(lesson)
	if noControl != nil {
		return err
	}
	w, ended := world.Attach(control)
	if ended != nil {
		return err
	}
	null, noNull := os.OpenFile(os.DevNull, os.O_RDWR, 0) // that root may have none
	if noNull != nil {
		return err
	}
	defer null.Close()
	_, ran := w.Exec(ctx, sandbox.Command{
		Args: []string{world.Program, "version"}, Dir: "/", Stdin: null, Stdout: null, Stderr: null,
	})
	if !errors.Is(ran, sandbox.ErrNotFound) && !errors.Is(ran, sandbox.ErrNotExecutable) {
		return err
	}
	program := me.Program
	if program == "" {
		program = "drydock"
	}
	return fmt.Errorf("the open sandbox of %s has lost its own root, and every program of ours with it: type exit there, and then %s start %[1]s",
		lesson, program)
}
