package runtime

import (
	"errors"
	"os"
	"syscall"

	"drydock/mini-docker/cgroup"
	"drydock/mini-docker/namespace"
)

// Parent is a process that is to be the parent of a container's first process in
// the place of this one, so that the container can outlive us.
type Parent interface {
	// Clone does what Birth says and returns the child's number. An error of
	// the kernel's is a syscall.Errno.
	Clone(Birth) (pid int, err error)
	// Kill ends the child, at once.
	Kill()
	// Wait waits for the child's end and returns the status a shell would show.
	Wait() (exit int, err error)
}

// Birth says how a container's first process is to be cloned and executed: what a
// Parent needs to do it. The files are open until Clone returns.
type Birth struct {
	Path       string
	Args, Env  []string
	Files      []*os.File // by the descriptor each one gets
	Attributes *syscall.SysProcAttr
	Namespaces []*os.File // to be in meanwhile: setns(2)
	Cgroup     cgroup.Way // to be born in
}

// begin starts the child under another parent, or under this process if there is none.
func (c child) begin(parent Parent) (*Process, error) {
	if parent == nil {
		return c.start()
	}
	return c.startUnder(parent)
}

// startUnder is start for a child that gets another parent than this process.
func (c child) startUnder(parent Parent) (*Process, error) {
	birth := Birth{
		Path: c.selfPath(), Args: c.args, Env: c.env(), Files: c.descriptors(), Attributes: c.attributes,
	}
	for _, each := range c.joins {
		file, err := os.Open(each.path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		birth.Namespaces = append(birth.Namespaces, file)
	}
	moveLater, err := c.way(&birth.Cgroup)
	if err != nil {
		return nil, err
	}
	defer birth.Cgroup.Close()
	process := &Process{parent: parent, done: make(chan struct{}), told: make(chan struct{})}
	process.PID, err = parent.Clone(birth)
	if err != nil {
		return nil, namespace.CloneError(err, os.DirFS("/"))
	}
	go func() {
		process.exit, process.waited = parent.Wait()
		close(process.done)
	}()
	if moveLater {
		if err := c.group.Add(process.PID); err != nil {
			process.abort()
			return nil, err
		}
	}
	return process, nil
}

// way finds the way into the child's group. moveLater says that there is none.
func (c child) way(way *cgroup.Way) (moveLater bool, err error) {
	if c.group == nil {
		return false, nil
	}
	*way, err = c.group.Way()
	if errors.Is(err, cgroup.ErrNoWayBack) {
		return true, nil
	}
	return false, err
}
