// Package applet is the vocabulary that box's commands share: what an applet
// is, what it is given to work with, and how it reads its flags and reports
// what went wrong.
//
// An applet is a plain function of its surroundings (Env) and its arguments
// that returns an exit status, so that a test can call it without a process.
// Which applets there are is written down by hand: each sub-package lists its
// own, and cmd/box puts the lists together.
package applet

import (
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Exit statuses that programs agree on. See POSIX XCU 2.8.2 for the last two.
const (
	OK            = 0
	Failed        = 1
	Misused       = 2   // unknown flag, missing operand
	NotExecutable = 126 // a command was found but cannot be run
	NotFound      = 127 // a command was not found
)

// Func does an applet's work. args does not hold the applet's own name.
type Func func(e *Env, args []string) (status int)

// An Applet is one command of box.
type Applet struct {
	Name  string
	Usage string // what stands behind the name in the usage line
	Run   Func
}

// Env is what an applet works with. In, Out and Err are *os.File when a person
// or a shell started it; tests put buffers there.
type Env struct {
	Name  string
	Usage string
	In    io.Reader
	Out   *Output
	Err   io.Writer
}

// New returns the surroundings of an applet of this process.
func New(a Applet) *Env {
	return &Env{Name: a.Name, Usage: a.Usage, In: os.Stdin, Out: NewOutput(os.Stdout), Err: os.Stderr}
}

// Run runs the applet and makes sure that what it printed has arrived: a full
// disk must not pass for success.
func Run(a Applet, e *Env, args []string) int {
	status := a.Run(e, args)
	if err := e.Out.Flush(); err != nil && status == OK {
		return e.Fail("write error", err)
	}
	return status
}

// Fail prints `NAME: SUBJECT: what the kernel said` and returns status Failed.
func (e *Env) Fail(subject string, err error) int {
	return e.Complain(subject + ": " + Reason(err))
}

// Complain prints `NAME: TEXT` and returns status Failed.
func (e *Env) Complain(text string) int {
	_ = e.Out.Flush() // what was printed before stands before
	io.WriteString(e.Err, e.Name+": "+text+"\n")
	return Failed
}

// Misuse prints what is wrong with the arguments and how they should look, and
// returns status Misused.
func (e *Env) Misuse(text string) int {
	e.Complain(text)
	io.WriteString(e.Err, e.usageLine())
	return Misused
}

func (e *Env) usageLine() string {
	name := e.Name[strings.LastIndexByte(e.Name, ' ')+1:] // "sh: kill" is called kill
	return strings.TrimRight("usage: "+name+" "+e.Usage, " ") + "\n"
}

// Reason returns the text of the kernel's error inside err, in the words and
// the spelling that C programs print ("No such file or directory"), without
// the operation and path that Go puts in front.
func Reason(err error) string {
	var errno unix.Errno
	text := err.Error()
	if errors.As(err, &errno) {
		text = errno.Error()
	}
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
