package world

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"drydock/labs/console"
	"drydock/mini-docker/image"
	"drydock/mini-docker/sandbox"
	"drydock/mini-docker/sandbox/ports"
	"drydock/testscripts"
)

// Where the programs lie inside.
const (
	binDir       = "/usr/local/bin"
	Program      = binDir + "/drydock" // the tutor, that a sandbox runs and answers with, or the runner
	insideEngine = binDir + "/mini-docker"
)

// Options say what is special about a sandbox.
type Options struct {
	MiniDocker  string   // the engine inside, when it is not the machine's own
	EngineLater bool     // without one: see Expect
	Programs    []string // paths of others to put beside it, under their own names
	Control     string   // path of its control socket, for Attach; "" = none
	DropToUser  bool     // as an ordinary user would have it
	Images      string   // folder of an engine whose images are there too; "" = none
	Golang      bool     // with the image golang there; the error is golang.ErrNoGo where it cannot be made
	Cluster     bool     // with mini-k8s and kubectl; the error is ErrNoOrchestrator where it is not built
	Patient     bool     // for checks that are known to pass: no wait of theirs is short
	Untutored   bool     // nobody types there: a small program runs scripts in drydock's place, see package runner

	// Published has ports that are published inside answer on the host's loopback, and
	// is told of those that cannot; see package ports. Nil: they stay inside.
	Published func(refused error)

	// Serve answers what programs inside ask; see sandbox.Spec.
	Serve func(context.Context, sandbox.Request) int
}

// lentImages is where the images of Options.Images are inside, below
// sandbox.LentDir.
const lentImages = "images"

// World is a sandbox with the programs in it.
type World struct {
	*sandbox.Sandbox
	patient    bool
	forwarding sync.WaitGroup // ends with the sandbox
}

// Close ends the sandbox, and all that this process does for it.
func (w *World) Close() error {
	err := w.Sandbox.Close()
	w.forwarding.Wait()
	return err
}

// Open starts a sandbox.
func (m Machine) Open(ctx context.Context, o Options) (*World, error) {
	engine := m.MiniDocker
	if o.MiniDocker != "" {
		engine = o.MiniDocker
	}
	if _, err := os.Stat(engine); err != nil && !o.EngineLater {
		return nil, ErrNoEngine
	}
	tree, err := m.base(ctx, sandbox.RootInside(o.DropToUser))
	if err != nil {
		return nil, explain(err)
	}
	loans := lent(o.Images, lentImages)
	if o.Golang {
		dir, err := m.golang(ctx)
		if err != nil {
			return nil, explain(err)
		}
		loans = append(loans, lent(dir, lentGolang)...)
	}
	tutor, err := m.tutor(o.Untutored)
	if err != nil {
		return nil, explain(err)
	}
	files := []sandbox.File{{Source: tutor, Target: Program}}
	if !o.EngineLater {
		files = append(files, sandbox.File{Source: engine, Target: insideEngine})
	}
	for _, program := range o.Programs {
		files = append(files, sandbox.File{Source: program, Target: filepath.Join(binDir, filepath.Base(program))})
	}
	s, err := sandbox.Start(ctx, sandbox.Spec{
		Base:       tree,
		Files:      files,
		Control:    o.Control,
		DropToUser: o.DropToUser,
		Cgroups:    true,
		Scratch:    m.Scratch,
		Lent:       loans,
		Serve:      o.Serve,
	})
	if err != nil {
		return nil, explain(err)
	}
	w := &World{Sandbox: s, patient: o.Patient}
	if o.Cluster {
		if err := w.InstallOrchestrator(ctx, m); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	if o.Published != nil {
		// Where the kernel has no nf_tables nothing can be published, which whoever
		// tries to is told inside.
		w.forwarding.Go(func() { ports.Forward(context.WithoutCancel(ctx), s, o.Published) })
	}
	return w, nil
}

// Attach returns the sandbox that answers at a control socket. Where none
// does the error is sandbox.ErrEnded.
func Attach(control string) (*World, error) {
	s, err := sandbox.Attach(control)
	if err != nil {
		return nil, err
	}
	return &World{Sandbox: s}, nil
}

// lent are the folders that hold the images of an engine, and where they are inside.
func lent(engine, at string) (dirs []sandbox.Lent) {
	if engine == "" {
		return nil
	}
	for _, name := range image.Shared(engine) {
		dirs = append(dirs, sandbox.Lent{Source: filepath.Join(engine, name), Name: filepath.Join(at, name)})
	}
	return dirs
}

// Env is what the sandbox's own environment lacks. The engine inside looks for
// images where they would be lent: where none are there is nothing.
func Env(more ...string) []string {
	stores := filepath.Join(sandbox.LentDir, lentImages) + ":" + filepath.Join(sandbox.LentDir, lentGolang)
	env := []string{"MINI_DOCKER_IMAGES=" + stores, "KUBECONFIG=" + kubeconfig}
	if term := os.Getenv("TERM"); term != "" {
		env = append(env, "TERM="+term)
	}
	return append(env, more...)
}

// Check runs a script inside.
func (w *World) Check(ctx context.Context, s testscripts.Script, o testscripts.Options) (testscripts.Report, error) {
	if w.patient {
		o.Patient, o.Timeout = true, 3*o.Timeout
	}
	return testscripts.RunRemote(ctx, func(ctx context.Context, in, out *os.File) error {
		said, err := newOutput("said")
		if err != nil {
			return err
		}
		defer said.Close()
		exit, err := w.Exec(ctx, sandbox.Command{
			Args: []string{Program, testscripts.Verb}, Env: Env(), Dir: "/root",
			Stdin: in, Stdout: out, Stderr: said.File,
		})
		if err != nil || exit == 0 {
			return err
		}
		text, err := said.text()
		return errors.Join(fmt.Errorf("exit status %d: %s", exit, strings.TrimSpace(text)), err)
	}, s, o)
}

// Shell opens a shell inside that is typed to, as a learner would.
func (w *World) Shell(ctx context.Context, within time.Duration) (*console.Shell, error) {
	return console.Open(ctx, func(ctx context.Context, in, out *os.File) error {
		_, err := w.Exec(ctx, sandbox.Command{
			Args: []string{"/bin/sh"}, Env: Env(), Dir: "/root", Stdin: in, Stdout: out, Stderr: out,
		})
		return err
	}, within)
}

// Script runs shell commands inside and returns what they printed. Processes
// that they leave in the background go on.
func (w *World) Script(ctx context.Context, commands string) (output string, exit int, err error) {
	printed, err := newOutput("printed")
	if err != nil {
		return "", 0, explain(err)
	}
	defer printed.Close()
	exit, err = w.Exec(ctx, sandbox.Command{
		Args: []string{"/bin/sh", "-c", commands}, Env: Env(), Dir: "/root", Stdout: printed.File, Stderr: printed.File,
	})
	if err != nil {
		return "", exit, err
	}
	output, err = printed.text()
	return output, exit, err
}
