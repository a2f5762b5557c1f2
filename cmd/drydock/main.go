// Command drydock is the tutor: it shows lessons, prepares labs, checks them
// and remembers how far a learner is.
//
// Here are flags, printing, exit codes and wiring, one file a verb; what the
// verbs do is in lessons, lessons/render, labs and mini-docker/sandbox. The
// table in commands.go lists them all.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"drydock/labs/fault/service"
	"drydock/labs/progress"
	"drydock/labs/session"
	"drydock/lessons/render"
	"drydock/mini-docker/sandbox"
	"drydock/mini-docker/sandbox/program"
)

func main() {
	sandbox.Program = program.Open
	sandbox.MaybeInit()  // of a sandbox this process may be the first one inside
	service.MaybeServe() // or a program there that a fix lab has broken
	args := commandLine(os.Args)
	if code, inside := answerInside(context.Background(), args); inside {
		os.Exit(code)
	}
	if len(args) > 0 && slices.Contains(opensSandbox, args[0]) {
		sandbox.EnterScope(context.Background())
	}
	os.Exit(run(args, &tutor{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, lookup: os.LookupEnv, now: time.Now,
		program: programName(os.Args[0]),
	}))
}

// opensSandbox are the verbs whose sandbox should have limits, so that an
// ordinary user needs cgroups for them.
var opensSandbox = []string{"start", "shell", "sandbox", "check", "verify"}

// tutor is what the verbs share: where they print and what they may ask.
type tutor struct {
	in        *os.File // nil: nobody to ask
	out       *os.File // a file, since what it is decides how a lesson looks
	err       io.Writer
	lookup    func(string) (string, bool)
	now       func() time.Time
	program   string           // what calls it outside of a sandbox; "" is drydock
	plain     bool             // no line is broken: --plain, where no lesson is shown
	recorded  bool             // what commands print is shown, also where the learner sees their own
	lacking   string           // why commands of the open lesson fail on this machine, "" where they do not
	without   []string         // its labs that cannot be done here
	meanwhile []string         // what is built while a lesson is read: see build
	session   *session.Session // set when the command was typed inside a lesson's sandbox
}

// getenv is lookup for those to whom unset and empty are the same.
func (t *tutor) getenv(key string) string {
	value, _ := t.lookup(key)
	return value
}

// warn prints a line that is not about what was asked for.
func (t *tutor) warn(line string) {
	fmt.Fprintln(t.err, render.Fold("drydock: "+t.here(line), render.Columns(t.err)))
}

// progress opens the learner's progress.
func (t *tutor) progress() (*progress.Store, error) {
	return t.learner().Progress()
}

// style chooses how to render for this output.
func (t *tutor) style(plain bool) render.Options {
	return render.Detect(t.out, t.getenv, plain)
}

// exitCode ends the program with that status and no message: the verb has
// said what there is to say, or the command it ran has.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// checked is where help is printed: cobra says that it could not be, and that all
// is well.
type checked struct {
	out    io.Writer
	failed bool
}

func (c *checked) Write(text []byte) (int, error) {
	n, err := c.out.Write(text)
	c.failed = c.failed || err != nil
	return n, err
}

// run executes one command line and returns its exit code.
func run(args []string, t *tutor) int { return runContext(context.Background(), args, t) }

// runContext is run for a command that can be called off.
func runContext(ctx context.Context, args []string, t *tutor) int {
	root := newRoot(t)
	root.SetArgs(append([]string{}, args...)) // nil would be this process's own
	help := &checked{out: t.out}
	root.SetOut(help)
	root.SetErr(t.err)
	err := root.ExecuteContext(ctx)
	if unknown := unknownVerb(root, args); unknown != nil && err != nil {
		err = unknown
	}
	var code exitCode
	switch {
	case err == nil && help.failed:
		return 1 // it has been said why
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	t.warn(err.Error())
	return 1
}
