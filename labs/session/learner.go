// Package session is a learner at work: where what is theirs lies, which lab they
// mean, which fault is in their sandbox, whether a lab is done, what is recorded.
//
//	me := session.Learner{Getenv: os.Getenv, Now: time.Now, Warn: warn}
//	which, err := me.ToCheck(ctx, "pids")
//	found, troubles := me.Check(ctx, which)
//	unrecorded := me.Note(found)
//
// Inside a lesson's sandbox In is the session there; its process answers all verbs
// but those that look at the sandbox itself.
//
// The package prints nothing and parses no command line: terminal, book and class
// show one model.
package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"time"

	"drydock/labs/progress"
	"drydock/labs/tree"
	"drydock/labs/world"
)

// Learner is whose work it is.
type Learner struct {
	Getenv   func(string) string
	Now      func() time.Time
	Warn     func(line string)     // says what is not about what was asked for
	Builds   func() (built func()) // is told that a build begins, and then of its end; nil: nobody
	Compiled func(pkg string)      // is told of what it compiles; nil: nobody
	Program  string                // what calls drydock outside of a sandbox; "" is drydock
	In       *Session              // the sandbox that they ask from; nil outside of one
}

// Session is the sandbox of an open lesson, in the process that opened it.
type Session struct {
	Lesson  string
	Control string        // socket of the sandbox; "" for the lesson's
	Broken  *Broken       // the fault that is in it; nil for none
	Exam    *Seat         // nil outside of an exam
	Restart func(*Broken) // throws the sandbox away and opens a new one, with a fault or without
}

// CacheDir is where programs and trees are unpacked; all of it can be deleted.
// Relative paths are ignored, as the XDG Base Directory Specification says.
func (me Learner) CacheDir() (string, error) {
	if dir := me.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "drydock"), nil
	}
	if home := me.Getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".cache", "drydock"), nil
	}
	return "", errors.New("HOME is not set, or no absolute path: drydock does not know where to unpack its programs")
}

// Control is the control socket of a lesson's sandbox: $XDG_RUNTIME_DIR goes
// away at logout, as the sandbox does.
func (me Learner) Control(lesson string) (string, error) {
	dir := me.Getenv("XDG_RUNTIME_DIR")
	if filepath.IsAbs(dir) {
		dir = filepath.Join(dir, "drydock")
	} else {
		state, err := progress.Dir(me.Getenv)
		if err != nil {
			return "", err
		}
		dir = filepath.Join(state, "run")
	}
	return filepath.Join(dir, lesson+".sock"), nil
}

// checkedIn is the socket of the sandbox that a lesson's labs are checked in.
func (me Learner) checkedIn(lesson string) (string, error) {
	if me.In != nil && me.In.Control != "" {
		return me.In.Control, nil
	}
	return me.Control(lesson)
}

// Machine prepares what sandboxes are made from.
func (me Learner) Machine() (world.Machine, error) {
	cache, err := me.CacheDir()
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

// Tree opens the learner's tree, and says what had to be done for it.
func (me Learner) Tree(ctx context.Context) (*tree.Tree, error) {
	config, err := tree.Default(me.Getenv)
	if err != nil {
		return nil, err
	}
	config.Compiled = me.Compiled
	theirs, notes, err := tree.Open(ctx, config)
	for _, note := range notes {
		me.Warn(note)
	}
	return theirs, err
}

// Progress opens the learner's progress.
func (me Learner) Progress() (*progress.Store, error) {
	dir, err := progress.Dir(me.Getenv)
	if err != nil {
		return nil, err
	}
	return progress.Open(dir, me.Warn), nil
}

// State loads progress for showing; what cannot be read is said and counts as
// nothing.
func (me Learner) State() progress.State {
	state, err := me.Loaded()
	if err != nil {
		me.Warn(err.Error())
	}
	return state
}

// Loaded is State for who asks for nothing else.
func (me Learner) Loaded() (progress.State, error) {
	store, err := me.Progress()
	if err != nil {
		return progress.State{}, err
	}
	return store.Load()
}

// Record changes progress.
func (me Learner) Record(change func(*progress.State)) error {
	store, err := me.Progress()
	if err != nil {
		return err
	}
	return store.Update(change)
}

// Remember is Record for where it is no reason to stop that progress cannot be
// written (no home, full disk): it is said.
func (me Learner) Remember(change func(*progress.State)) {
	if err := me.Record(change); err != nil {
		me.Warn(err.Error())
	}
}

// Name is what an export calls its learner who names none.
func (me Learner) Name() string {
	for _, key := range []string{"DRYDOCK_LEARNER", "USER", "LOGNAME"} {
		if name := me.Getenv(key); name != "" {
			return name
		}
	}
	if user, err := user.LookupId(strconv.Itoa(os.Getuid())); err == nil {
		return user.Username
	}
	return "learner"
}
