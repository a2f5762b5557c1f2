package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"drydock/labs"
	"drydock/labs/progress"
	"drydock/labs/world"
	"drydock/mini-docker/sandbox"
)

// A session is the sandbox of an open lesson, in the process that opened it.
type session struct {
	lesson  string
	control string        // socket of the sandbox; "" for the lesson's
	broken  *broken       // the fault that is in it; nil for none
	exam    *seat         // nil outside of an exam
	restart func(*broken) // throws the sandbox away and opens a new one, with a fault or without
}

// cacheDir is where programs and trees are unpacked; all of it can be deleted.
// Relative paths are ignored, as the XDG Base Directory Specification says.
func (t *tutor) cacheDir() (string, error) {
	if dir := t.getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "drydock"), nil
	}
	if home := t.getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".cache", "drydock"), nil
	}
	return "", errors.New("HOME is not set, or no absolute path: drydock does not know where to unpack its programs")
}

// control is the control socket of a lesson's sandbox: $XDG_RUNTIME_DIR goes
// away at logout, as the sandbox does.
func (t *tutor) control(lesson string) (string, error) {
	dir := t.getenv("XDG_RUNTIME_DIR")
	if filepath.IsAbs(dir) {
		dir = filepath.Join(dir, "drydock")
	} else {
		state, err := progress.Dir(t.getenv)
		if err != nil {
			return "", err
		}
		dir = filepath.Join(state, "run")
	}
	return filepath.Join(dir, lesson+".sock"), nil
}

// machine prepares what sandboxes are made from.
func (t *tutor) machine(ctx context.Context) (world.Machine, error) {
	cache, err := t.cacheDir()
	if err != nil {
		return world.Machine{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return world.Machine{}, fmt.Errorf("finding this program: %w", err)
	}
	m, err := world.Prepare(cache, filepath.Dir(self))
	m.Drydock = self // by whatever name it was copied
	return m, err
}

// sessionVerbs are the verbs that a program inside the sandbox may ask for. What
// is not made here does not exist there, however the command line is put: a
// verb that opens a sandbox itself, names a file of the host or belongs to
// authors. See border_test.go.
func sessionVerbs(t *tutor) (first, more []*cobra.Command) {
	if t.session.exam != nil { // without those that sit it for the learner
		return []*cobra.Command{checkCommand(t), answerCommand(t)}, []*cobra.Command{
			lessonsCommand(t), readCommand(t), progressCommand(t), resetCommand(t),
			doctorCommand(t), versionCommand(t), internalSheetCommand(t),
		}
	}
	return []*cobra.Command{
			startCommand(t), nextCommand(t), checkCommand(t), hintCommand(t), lessonsCommand(t),
		}, []*cobra.Command{
			readCommand(t), backCommand(t), againCommand(t), showCommand(t), predictCommand(t), stepsCommand(t),
			answerCommand(t), progressCommand(t), resetCommand(t),
			solutionCommand(t), doctorCommand(t), versionCommand(t), internalSheetCommand(t),
		}
}

// serve answers what was typed inside the sandbox, here, where the learner's
// tree and progress are. The streams are those of the program inside.
func (t *tutor) serve(s *session) func(context.Context, sandbox.Request) int {
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
	practising.session = &session{}
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

// recordLab changes what is known about a lab, which is begun by that.
func (t *tutor) recordLab(l labs.Lab, change func(*progress.Lab)) {
	t.remember(func(s *progress.State) {
		lab := s.Lesson(l.Lesson()).Lab(l.ID)
		if lab.Status == progress.NotStarted {
			lab.Status = progress.Started
		}
		change(lab)
	})
}
