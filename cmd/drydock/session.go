package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

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
func (t *tutor) cacheDir() (string, error) {
	if dir := t.getenv("XDG_CACHE_HOME"); dir != "" {
		return filepath.Join(dir, "drydock"), nil
	}
	if home := t.getenv("HOME"); home != "" {
		return filepath.Join(home, ".cache", "drydock"), nil
	}
	return "", errors.New("HOME is not set: drydock does not know where to unpack its programs")
}

// control is the control socket of a lesson's sandbox: $XDG_RUNTIME_DIR goes
// away at logout, as the sandbox does.
func (t *tutor) control(lesson string) (string, error) {
	dir := t.getenv("XDG_RUNTIME_DIR")
	if dir != "" {
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
	m, err := world.Prepare(ctx, cache, filepath.Dir(self))
	m.Drydock = self // by whatever name it was copied
	return m, err
}

// served are the verbs that a program inside the sandbox may ask for: those
// that open a sandbox themselves, or belong to authors, are not among them.
var served = []string{
	"lessons", "read", "next", "back", "progress", "version", "help",
	"check", "hint", "reset", "solution", "doctor", "start", "answer", internalSheet,
	"--help", "-h",
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
		if len(r.Args) > 0 && !slices.Contains(served, r.Args[0]) {
			fmt.Fprintf(r.Stderr, "drydock: %s does not work inside the sandbox: type it in another terminal\n", r.Args[0])
			return 2
		}
		if len(r.Args) > 0 && s.exam != nil && slices.Contains(notInExam, r.Args[0]) {
			fmt.Fprintf(r.Stderr, "drydock: there is no %s in an exam\n", r.Args[0])
			return 2
		}
		return runContext(ctx, r.Args, &inside)
	}
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
