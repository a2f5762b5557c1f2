package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sync"
	"syscall"

	"drydock/mini-docker/namespace"
	"drydock/mini-docker/network"
	"drydock/mini-docker/rootfs"

	"golang.org/x/sys/unix"
)

// Run makes the node and stays until it ends: namespaces of its own in the
// cluster's sandbox, whose users it shares, and an interface on the bridge. args
// are those of the command that calls Boot in there.
//
// The kernel kills it when this thread ends: see PR_SET_PDEATHSIG(2const).
func (n Node) Run(ctx context.Context, args []string) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	init := exec.CommandContext(ctx, "/proc/self/exe", args...)
	init.Args[0] = program
	init.Stdout, init.Stderr = os.Stdout, os.Stderr
	init.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC,
		Pdeathsig:  unix.SIGKILL,
	}
	begin, err := init.StdinPipe()
	if err != nil {
		return err
	}
	if err := init.Start(); err != nil {
		return fmt.Errorf("making the namespaces of %s: %w", n.Name, err)
	}
	if err := n.connect(init.Process.Pid); err != nil {
		return errors.Join(err, init.Process.Kill(), init.Wait())
	}
	begin.Close() // it waits for that
	return init.Wait()
}

// connect plugs the node into the bridge, and shows it the way out. What is left of
// one that was killed may take the kernel a moment to clear away.
func (n Node) connect(pid int) error {
	bridge, err := network.OpenBridge(bridgeName, "")
	if err != nil {
		return err
	}
	inside, err := network.OpenNamespace(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		return err
	}
	defer inside.Close()
	if err := network.RemoveVeth(n.Name); err != nil {
		return err
	}
	veth, err := network.NewVeth(network.VethSpec{
		Name: n.Name, Peer: "eth0", Namespace: inside, MAC: network.MAC(n.Address), MTU: bridge.MTU(),
	})
	if err != nil {
		return err
	}
	if err := bridge.Attach(veth); err != nil {
		return err
	}
	return inside.Configure("eth0", network.Address{IP: netip.PrefixFrom(n.Address, underlay.Bits()), Gateway: underlay.Addr()})
}

// Boot is the life of a node's first process: it waits for its network, makes the
// namespaces a machine, and keeps its services running until it is killed.
func (n Node) Boot(ctx context.Context) error {
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	if err := n.furnish(); err != nil {
		return fmt.Errorf("booting %s: %w", n.Name, err)
	}
	family := newFamily()
	go family.reap()
	var running sync.WaitGroup
	for _, each := range n.services() {
		running.Go(func() {
			keepRunning(ctx, each.name, func(ctx context.Context) string { return family.run(ctx, each.args) })
		})
	}
	running.Wait()
	return nil
}

// furnish gives the node what is its own: what /proc shows, its name, a way through
// it for its pods' packets.
func (n Node) furnish() error {
	if err := rootfs.Isolate(); err != nil {
		return err
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	if err := unix.Sethostname([]byte(n.Name)); err != nil {
		return fmt.Errorf("setting the host name: %w", err)
	}
	return errors.Join(namespace.LoopbackUp(), network.Forward(), os.MkdirAll(n.state(), 0o700))
}

// family are the processes of a node as its first process sees them: its children,
// and orphans, which become its children.
type family struct {
	children chan os.Signal

	mutex   sync.Mutex
	running map[int]chan unix.WaitStatus
}

func newFamily() *family {
	f := &family{children: make(chan os.Signal, 1), running: map[int]chan unix.WaitStatus{}}
	signal.Notify(f.children, unix.SIGCHLD)
	return f
}

// run runs a service to its end, which comes at the latest with ctx.
func (f *family) run(ctx context.Context, args []string) string {
	f.mutex.Lock() // until its end is waited for, nobody reaps it
	pid, err := syscall.ForkExec(args[0], args, &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}})
	ended := make(chan unix.WaitStatus, 1)
	if err == nil {
		f.running[pid] = ended
	}
	f.mutex.Unlock()
	if err != nil {
		return err.Error()
	}
	stop := context.AfterFunc(ctx, func() { _ = unix.Kill(pid, unix.SIGTERM) }) // fails when it has ended
	defer stop()
	if status := <-ended; status.Signaled() {
		return status.Signal().String()
	} else {
		return fmt.Sprintf("status %d", status.ExitStatus())
	}
}

// reap waits for whatever ends. See wait(2).
func (f *family) reap() {
	for range f.children {
		for f.reapOne() {
		}
	}
}

func (f *family) reapOne() bool {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	var status unix.WaitStatus
	pid, err := unix.Wait4(-1, &status, unix.WNOHANG, nil)
	if err != nil || pid == 0 {
		return err == unix.EINTR
	}
	if ended, ours := f.running[pid]; ours {
		delete(f.running, pid)
		ended <- status
	}
	return true
}
