package runtime

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"

	"drydock/mini-docker/explain"
	"drydock/mini-docker/namespace"
	"drydock/mini-docker/socketpair"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Process is a container's first process, as the one that created it sees it.
type Process struct {
	PID     int      // its number outside the container
	Console *os.File // the other end of its terminal, or nil

	parent Parent        // where it is not this process
	setup  *net.UnixConn // to the first process; its end tells that we died
	done   chan struct{} // closed when the process has ended
	told   chan struct{} // closed when there is nothing more to narrate
	exit   int           // valid then
	waited error         // valid then
}

// Wait waits until the container's first process has ended, and with it, being
// PID 1 of its namespace, every other. It returns the exit status of 0 to 255;
// 128+n says that signal n ended it.
func (p *Process) Wait() (exit int, err error) {
	<-p.done
	<-p.told
	return p.exit, p.waited
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Kill ends the process at once. Its PID cannot have passed to another process
// as long as nobody has waited for it.
func (p *Process) Kill() {
	select {
	case <-p.done:
		return
	default:
	}
	if p.parent != nil {
		p.parent.Kill()
	} else {
		unix.Kill(p.PID, unix.SIGKILL)
	}
}

// abort ends the process and returns when it is gone.
func (p *Process) abort() {
	p.Kill()
	<-p.done
}

// launch clones a process into new namespaces and the container's cgroup.
// What it does there stands in init.go.
func (r *Runtime) launch(o CreateOptions, spec *specs.Spec, s state) (*Process, error) {
	attributes, joins, err := namespacesOf(spec)
	if err != nil {
		return nil, err
	}
	if s.Cgroup != "" {
		o.Narrate.Step(explain.Cgroup, s.Cgroup)
	}
	group, err := r.cgroupAt(s.Cgroup)
	if err == nil && group != nil {
		err = group.Create(withDevices(spec))
		if err == nil && showsCgroups(spec) {
			err = group.Everywhere()
		}
	}
	if err != nil {
		return nil, err
	}
	// Mounts are joined by the first process itself, once it is executed: see isolate.
	joins = slices.DeleteFunc(joins, func(each join) bool { return each.kind == namespace.Mount })
	process, err := r.clone(o, spec, child{attributes: attributes, joins: joins, group: group, left: o.Detached})
	if err != nil {
		return nil, err
	}
	if needsHelpers(spec.Linux) {
		err = process.mapIDs(spec.Linux)
	}
	if err != nil {
		process.abort()
		return nil, err
	}
	return process, nil
}

// clone starts the program of the container's first process, with the two sockets
// of protocol.go.
func (r *Runtime) clone(o CreateOptions, spec *specs.Spec, first child) (*Process, error) {
	o.Narrate.Step(explain.Self, "")
	program, err := r.program()
	if err != nil {
		return nil, err
	}
	self, err := namespace.Executable(program)
	if err != nil {
		return nil, err
	}
	defer self.Close()
	listener, err := r.listen(o.ID)
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	ours, theirs, err := socketpair.New("setup")
	if err != nil {
		return nil, err
	}
	defer theirs.Close()

	streams, err := openStreams(o, spec.Process.Terminal)
	if err != nil {
		return nil, err
	}
	defer streams.null.Close()
	first.args, first.files, first.preserved = []string{initArg}, streams.files, o.Preserved
	first.files[setupFD], first.files[startFD], first.files[selfFD] = theirs, listener, self
	if needsHelpers(spec.Linux) {
		first.args = append(first.args, unmappedArg)
	}
	o.Narrate.Step(explain.Clone, describeNamespaces(spec))
	process, err := first.begin(o.Parent)
	if err != nil {
		ours.Close()
		return nil, fmt.Errorf("starting the container's first process: %w", err)
	}
	process.setup = ours
	return process, nil
}

// send tells the first process something. That it is gone is not what is wrong:
// it has left a word about that, or awaitSetUp finds that it has not.
func (p *Process) send(message any) error {
	err := json.NewEncoder(p.setup).Encode(message)
	if err != nil && !errors.Is(err, unix.EPIPE) && !errors.Is(err, unix.ECONNRESET) {
		return fmt.Errorf("telling the container's first process what to do: %w", err)
	}
	return nil
}

// awaitSetUp waits until the first process has built the container, and runs the
// creator's hooks when it asks for them.
func (p *Process) awaitSetUp(narrate explain.Narrator, hooks func() error) error {
	for {
		reply, console, hung, err := receiveReply(p.setup)
		if err == nil && hung {
			err = errors.New("it ended without a word")
		}
		if err != nil {
			return fmt.Errorf("waiting for the container's first process: %w", err)
		}
		if reply.Step != nil {
			p.tell(narrate, reply)
			continue
		}
		if reply.Hooks {
			if err := hooks(); err != nil {
				return err
			}
			if err := p.send(followUp{}); err != nil {
				return err
			}
			continue
		}
		p.Console = console
		return reply.err()
	}
}

// tell passes a step of the first process on and lets it go ahead.
func (p *Process) tell(narrate explain.Narrator, reply initReply) {
	narrate.Step(*reply.Step, reply.Particular)
	p.send(followUp{}) // if it is gone, the next receiveReply says so
}

// narrateRest goes on telling of steps, those after Start, until the first
// process has closed its socket by becoming the command.
func (p *Process) narrateRest(narrate explain.Narrator) {
	if narrate == nil {
		close(p.told)
		return
	}
	go func() {
		defer close(p.told)
		for {
			reply, _, hung, err := receiveReply(p.setup)
			if err != nil || hung || reply.Step == nil {
				return
			}
			p.tell(narrate, reply)
		}
	}()
}

// sendConsole passes the terminal's other end to whoever listens on the socket.
func (p *Process) sendConsole(path string) error {
	connection, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return fmt.Errorf("connecting to the console socket: %w", err)
	}
	defer connection.Close()
	defer func() { p.Console = nil }()
	defer p.Console.Close()
	_, _, err = connection.WriteMsgUnix([]byte("terminal"), unix.UnixRights(int(p.Console.Fd())), nil)
	return err
}
