package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"drydock/labs/session"
	"drydock/mini-docker/sandbox"
)

// learner is the one whose commands these are.
func (t *tutor) learner() session.Learner {
	b := &building{tutor: t}
	return session.Learner{
		Getenv: t.getenv, Now: t.now, Warn: t.warn, Builds: b.begin, Compiled: b.compiled, Program: t.program, In: t.session,
	}
}

// sessionVerbs are the verbs that a program inside the sandbox may ask for. What
// is not made here does not exist there, however the command line is put: a
// verb that opens a sandbox itself, names a file of the host or belongs to
// authors. See border_test.go.
func sessionVerbs(t *tutor) (first, more []*cobra.Command) {
	if t.session.Exam != nil { // without those that sit it for the learner
		return []*cobra.Command{checkCommand(t), answerCommand(t)}, []*cobra.Command{
			lessonsCommand(t), readCommand(t), glossaryCommand(t), progressCommand(t), resetCommand(t),
			doctorCommand(t), versionCommand(t), internalSheetCommand(t),
		}
	}
	return []*cobra.Command{
			startCommand(t), nextCommand(t), checkCommand(t), hintCommand(t), lessonsCommand(t),
		}, []*cobra.Command{
			readCommand(t), backCommand(t), againCommand(t), showCommand(t), predictCommand(t), stepsCommand(t),
			answerCommand(t), progressCommand(t), resetCommand(t), runCommand(t),
			codeCommand(t), glossaryCommand(t), solutionCommand(t), doctorCommand(t), versionCommand(t), internalSheetCommand(t), internalPlaceCommand(t),
		}
}

// serve answers what was typed inside the sandbox, here, where the learner's
// tree and progress are. The streams are those of the program inside.
func (t *tutor) serve(s *session.Session) func(context.Context, sandbox.Request) int {
	return func(ctx context.Context, r sandbox.Request) int {
		inside := *t
		inside.in, inside.out, inside.err = r.Stdin, r.Stdout, r.Stderr
		inside.session = s
		// A pager that runs out here would give the sandbox a way out.
		inside.lookup = func(key string) (string, bool) {
			if key == "PAGER" || key == "DRYDOCK_PAGER" {
				return "", true
			}
			return t.lookup(key)
		}
		if len(r.Args) == 0 { // for cobra that is the command line of this process
			fmt.Fprintln(r.Stderr, "drydock: a call from the sandbox names no verb")
			return 2
		}
		if inside.elsewhere(r.Args) {
			return 2
		}
		return runContext(ctx, r.Args, &inside)
	}
}

// elsewhere says why a verb of drydock's is none of this session, if it is not.
// It is for the message alone: the verb is not in the session's tree.
func (t *tutor) elsewhere(args []string) bool {
	if _, _, err := newRoot(t).Find(args); err == nil {
		return false
	}
	outside := *t
	outside.session = nil
	verb, _, err := newRoot(&outside).Find(args)
	if err != nil || !verb.HasParent() {
		return false
	}
	practising := *t
	practising.session = &session.Session{}
	if _, _, err := newRoot(&practising).Find(args); err == nil {
		fmt.Fprintf(t.err, "drydock: there is no %s in an exam\n", verb.Name())
	} else {
		fmt.Fprintf(t.err, "drydock: %s does not work inside the sandbox: type it in another terminal\n", verb.Name())
	}
	return true
}

// ask hands a command line to the drydock outside, if this is a sandbox that
// one has opened.
func ask(ctx context.Context, args []string) (code int, inside bool) {
	if _, err := os.Stat(sandbox.HostSocket); errors.Is(err, fs.ErrNotExist) {
		return 0, false
	}
	code, err := sandbox.Ask(ctx, sandbox.HostSocket, args, [3]*os.File{os.Stdin, os.Stdout, os.Stderr})
	if err != nil {
		fmt.Fprintln(os.Stderr, "drydock:", err)
		return 2, true
	}
	return code, true
}
