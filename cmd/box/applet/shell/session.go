package shell

import (
	"context"
	"errors"
	"os"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/child"
	"drydock/cmd/box/applet/shell/rewrite"
)

// session is one running shell.
type session struct {
	e        *applet.Env
	runner   *interp.Runner
	children *child.Children
	traps    *traps
	env      *environ

	interactive bool
	status      int  // of the last statement
	over        bool // exit was called

	// place is the path by which the library knows the directory that this
	// process stands in. A shell must really stand there, for the directory may
	// have no path: after a chroot, or when it was removed.
	place string

	foreground atomic.Int32 // programs that are waited for
	front      front
	keyboard   *keyboard
	control    bool     // of jobs: see control.go
	inherited  *os.File // commands of a parent shell, see background.go
	sourcing   atomic.Bool
	timers     []usage
	promptDir  *os.Root // of a file in the prompt
	words      *words   // nil for none

	mu   sync.Mutex
	jobs []job
	// told are the jobs whose end the person was told of, and which can still be
	// waited for: POSIX XCU wait.
	told map[int]syscall.WaitStatus
}

func newSession(e *applet.Env, call invocation) (*session, error) {
	s := &session{e: e, children: child.New(), interactive: call.interactive, told: map[int]syscall.WaitStatus{}}
	s.traps = newTraps()
	s.inherited = takeInherited()
	s.env = newEnviron(os.Environ(), call.name)
	s.place, _ = unix.Getwd()
	start := s.place
	if !strings.HasPrefix(start, "/") { // "(unreachable)/…": getcwd(2)
		s.place, start = nowhere, "/"
	}
	// $PWD may name the place by a path with links in it, which a person
	// prefers.
	if pwd := os.Getenv("PWD"); s.place != nowhere && strings.HasPrefix(pwd, "/") && samePlace(pwd) {
		s.place, start = pwd, pwd
	}
	var err error
	s.runner, err = interp.New(
		interp.Env(s.env), interp.Dir(start),
		interp.StdIO(e.In, e.Out.File(), e.Err),
		interp.Interactive(true), // aliases work in every shell but bash
		interp.CallHandler(s.call), interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return s.exec }),
		interp.OpenHandler(s.open), interp.ReadDirHandler2(s.readDir), interp.StatHandler(s.stat),
		interp.AccessHandler(s.access),
	)
	if err != nil {
		return nil, err
	}
	if err := interp.Params(append(call.options, append([]string{"--"}, call.params...)...)...)(s.runner); err != nil {
		return nil, err
	}
	if s.place == nowhere { // which the library does not take for a directory
		s.text("cd .", "sh")
	}
	return s, nil
}

// nowhere stands for a place that has no path below this root.
const nowhere = "/(unreachable)"

// samePlace reports whether path leads to the working directory.
func samePlace(path string) bool {
	var a, b unix.Stat_t
	return unix.Stat(path, &a) == nil && unix.Stat(".", &b) == nil && a.Dev == b.Dev && a.Ino == b.Ino
}

// inSubshell reports whether a handler was called by a copy of the shell that
// `( … )`, `$( … )` or a pipe made. The copy shares this process, so it must
// not change what belongs to the process: its directory, its program, its
// signals. The library does not tell, but it does say which runner calls.
func (s *session) inSubshell(hc interp.HandlerContext) bool {
	caller := reflect.ValueOf(hc).FieldByName("runner")
	return caller.Pointer() != reflect.ValueOf(s.runner).Pointer()
}

// statements runs a list and leaves its status.
func (s *session) statements(ctx context.Context, stmts []*syntax.Stmt) {
	for _, stmt := range stmts {
		rewrite.Tree(stmt)
		if s.one(ctx, stmt); s.over || ctx.Err() != nil {
			return
		}
		s.runTraps(ctx)
	}
}

func (s *session) one(ctx context.Context, stmt *syntax.Stmt) {
	err := s.runner.Run(ctx, stmt)
	s.over = s.runner.Exited() && ctx.Err() == nil
	var code interp.ExitStatus
	switch {
	case err == nil:
		s.status = applet.OK
	case errors.As(err, &code):
		s.status = int(code)
	case ctx.Err() != nil:
		s.status = 128 + int(unix.SIGINT)
	default:
		s.status = s.e.Complain(err.Error())
	}
}

// finish runs the EXIT trap and returns the shell's exit status.
func (s *session) finish(status int) int {
	if !s.over {
		s.runTraps(context.Background())
		// Running a whole file is what makes the library call the trap.
		if s.runner.Run(context.Background(), &syntax.File{}); s.runner.Exited() {
			return s.status
		}
	}
	return status
}

// variable returns a shell variable's value.
func (s *session) variable(name string) string {
	if v, ok := s.runner.Vars[name]; ok {
		return v.String()
	}
	return s.env.Get(name).String()
}

// environ is what the shell was started with, and the variables that rewrite puts in
// the place of special parameters.
type environ struct {
	expand.Environ
	mu     sync.Mutex
	hidden map[string]string
}

func newEnviron(env []string, name string) *environ {
	return &environ{
		Environ: expand.ListEnviron(env...),
		hidden:  map[string]string{rewrite.ShellPID: strconv.Itoa(os.Getpid()), rewrite.Name: name},
	}
}

func (v *environ) set(name, value string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.hidden[name] = value
}

// Get implements expand.Environ.
func (v *environ) Get(name string) expand.Variable {
	v.mu.Lock()
	value, ok := v.hidden[name]
	v.mu.Unlock()
	if ok {
		return expand.Variable{Set: true, Kind: expand.String, Str: value}
	}
	return v.Environ.Get(name)
}
