// Package runtime runs one container from an OCI bundle: a directory with a
// config.json, which says everything about the container, and a root file
// system. It is the part of the engine that Docker leaves to runc.
//
// A container is created, started, killed and deleted, each perhaps by another
// program, so what must be remembered between them lies in a state directory:
//
//	r := runtime.New("/run/mini-docker/runtime")
//	process, err := r.Create(ctx, runtime.CreateOptions{ID: id, Bundle: dir})
//	err = r.Start(ctx, id)         // the command runs from here on
//	exit, err := process.Wait()
//	err = r.Delete(id, false)
//
// Create clones a process into the container's namespaces (init.go), which builds
// the root file system, gives up its privileges and waits on a socket; Start
// connects to the socket, upon which it executes the command. What that process
// executes before is a program that calls MaybeInit first thing in main: the
// small one of folder init, or, unless Program names it, the very program that
// calls Create.
//
// Images, names and networks between containers are the engine's. See the OCI
// runtime-spec, runtime.md and config.md.
package runtime

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"drydock/mini-docker/cgroup"
	"drydock/mini-docker/explain"
	"drydock/mini-docker/namespace"

	"github.com/opencontainers/runtime-spec/specs-go"
)

var (
	// ErrNotExist says that there is no container of the given id.
	ErrNotExist = errors.New("container does not exist")
	// ErrExists says that the id is taken.
	ErrExists = errors.New("container already exists")
	// ErrNotRunning says that the operation needs a container that runs.
	ErrNotRunning = errors.New("container not running")
	// ErrStillRunning says that the operation needs one that has stopped.
	ErrStillRunning = errors.New("container is still running")
	// ErrCreating says that the container is only just being created: it has no
	// process yet that could be signalled.
	ErrCreating = errors.New("container is being created")
	// ErrCommandNotFound says that the command is not in the container. A shell
	// ends with 127 then.
	ErrCommandNotFound = errors.New("executable file not found")
	// ErrCommandNotExecutable says that the command is there and cannot be
	// executed. A shell ends with 126 then.
	ErrCommandNotExecutable = errors.New("cannot be executed")
)

// Runtime creates and runs containers. Those that share a state directory know
// of each other.
type Runtime struct {
	// Program finds the executable of the first processes, whose main calls
	// MaybeInit: the smaller it is, the sooner a container starts. An empty path,
	// or nil in its place, stands for this program.
	Program func() (path string, err error)

	// Warn is told of what does not go as config.json has it and is, by the
	// specification, no reason to fail. Where it is nil nobody is told.
	Warn func(text string)

	stateDir string
	cgroups  func() (cgroup.Trees, error)
}

// New returns a runtime that remembers its containers in stateDir, which is
// created when it is needed. The directory should not survive a reboot.
func New(stateDir string) *Runtime {
	return &Runtime{stateDir: stateDir, cgroups: sync.OnceValues(cgroup.Find)}
}

// program returns the path of what a container's first process executes.
func (r *Runtime) program() (path string, err error) {
	if r.Program != nil {
		path, err = r.Program()
	}
	if path == "" {
		path = namespace.SelfExe
	}
	return path, err
}

// Cgroups are the trees in which containers get their cgroups.
func (r *Runtime) Cgroups() (cgroup.Trees, error) { return r.cgroups() }

func (r *Runtime) warn(format string, args ...any) {
	if r.Warn != nil {
		r.Warn(fmt.Sprintf(format, args...))
	}
}

// dir is where the state of the container lies.
func (r *Runtime) dir(id string) string {
	return filepath.Join(r.stateDir, id)
}

// CreateOptions says what to create.
type CreateOptions struct {
	ID     string // unique in the state directory; letters, digits, "_", "+", "-", "."
	Bundle string // directory that holds config.json

	// The command's standard streams; nil means /dev/null. With
	// process.terminal in config.json a new terminal takes their place.
	Stdin, Stdout, Stderr *os.File

	// Preserved are further files that the command has open, from 3 on.
	Preserved []*os.File

	// ConsoleSocket is a unix socket that receives the terminal's other end.
	// Where it is empty the other end is Process.Console, unless Detached.
	ConsoleSocket string

	// Detached says that the caller ends before the container does. A terminal
	// would be hung up with it, so that one needs a ConsoleSocket.
	Detached bool

	// PidFile receives the number of the container's first process.
	PidFile string

	// Parent clones the container's first process and waits for it. Where it is
	// nil this process does.
	Parent Parent

	// DieWithParent kills the container when that process dies, so that none is
	// left of which nobody would learn how it ended.
	DieWithParent bool

	// KeepKeyring leaves the caller's session keyring, with the keys in it, to the
	// container, which otherwise gets a new one.
	KeepKeyring bool

	// Spec is what config.json is to say, from a caller who has not written it
	// yet. Save is then called with the text, while the first process is already
	// starting up. With Spec nil config.json is read.
	Spec *specs.Spec
	Save func(text []byte) error

	// SecretEnv is environment of the command that Save is not given: what must
	// not be in a file.
	SecretEnv []string

	// Narrate is told of each step before it is done; nil says nothing.
	Narrate explain.Narrator

	// Init keeps the first process as PID 1 of the container: it runs the
	// command as its child, passes signals on and reaps orphans.
	Init bool
}
