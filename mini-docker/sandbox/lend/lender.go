package lend

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Arg is argv[0] of a lender: a process that stands in for a thread of this one,
// which as an ordinary user's may not have a mount namespace without a user
// namespace, and cannot enter one, being one of several (unshare(2), CLONE_NEWUSER).
//
//	this process                   lender, root of a user namespace
//	   │ ── Order ───────────────▶ │  builds the tree, starts the sandbox's first
//	   │ ◀────────────────── Reply │  process as a child of ours, and ends
//
// The order comes on its standard input; what the child is to inherit are its
// further descriptors.
const Arg = "sandbox-lender"

// Order is what a lender is to do.
type Order struct {
	Tree  Tree
	Path  string
	Args  []string
	Env   []string
	Files int // how many descriptors after the standard streams to hand on
	Flags uintptr
}

// Reply says which process a lender has started, or why it has not.
type Reply struct {
	PID   int
	Error string `json:",omitempty"`
	// TreeError says that the tree could not be built: without it all may go well.
	TreeError string `json:",omitempty"`
}

// Start has a lender start a command, which becomes a child of this process, and
// returns its number. The caller waits for the command, that is for the lender and
// for whatever reads its output, and for the child itself.
func Start(command *exec.Cmd, tree Tree) (pid int, err error) {
	order := Order{
		Tree: tree, Path: command.Path, Args: command.Args, Env: command.Env,
		Files: len(command.ExtraFiles), Flags: command.SysProcAttr.Cloneflags,
	}
	command.Args = []string{Arg}
	command.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS
	in, err := command.StdinPipe()
	if err != nil {
		return 0, err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := command.Start(); err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			command.Wait()
		}
	}()
	err = errors.Join(json.NewEncoder(in).Encode(order), in.Close())
	var reply Reply
	if err == nil {
		err = json.NewDecoder(out).Decode(&reply)
	}
	switch {
	case err != nil:
		err = fmt.Errorf("starting a process that lends what is the host's: %w", err)
	case reply.TreeError != "":
		err = &TreeError{reply.TreeError}
	case reply.Error != "":
		err = errors.New(reply.Error)
	}
	return reply.PID, err
}

// TreeError says why nothing can be lent.
type TreeError struct{ Text string }

func (e *TreeError) Error() string { return e.Text }

// Main is the life of a lender. It returns its exit status.
func Main() int {
	runtime.LockOSThread()
	var order Order
	if json.NewDecoder(io.LimitReader(os.Stdin, 1<<20)).Decode(&order) != nil {
		return 1
	}
	reply := order.do()
	if json.NewEncoder(os.Stdout).Encode(reply) != nil || reply.PID == 0 {
		return 1
	}
	return 0
}

func (o Order) do() (reply Reply) {
	if err := o.Tree.Enter(); err != nil {
		return Reply{TreeError: err.Error()}
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return Reply{Error: err.Error()}
	}
	files := []uintptr{null.Fd(), null.Fd(), 2}
	for i := range o.Files {
		files = append(files, uintptr(3+i))
	}
	own := []syscall.SysProcIDMap{{Size: 1}}
	pid, err := syscall.ForkExec(o.Path, o.Args, &syscall.ProcAttr{Env: o.Env, Files: files, Sys: &syscall.SysProcAttr{
		// Whoever asked is the parent: who waits for it, and at whose death it dies.
		Cloneflags: o.Flags | unix.CLONE_PARENT, Pdeathsig: unix.SIGKILL, Setpgid: true,
		UidMappings: own, GidMappings: own,
		Credential: &syscall.Credential{NoSetGroups: true},
	}})
	if err != nil {
		return Reply{Error: err.Error()}
	}
	return Reply{PID: pid}
}
