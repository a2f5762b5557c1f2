package networks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"drydock/mini-docker/flock"
	"drydock/mini-docker/network/names"

	"golang.org/x/sys/unix"
)

// A network's name server is this program once more, under another name:
//
//	whoever connects a container             the name server
//	  locks RUN/networks/ID
//	  finds RUN/networks/ID/server free
//	  binds the gateway's port 53
//	  executes itself ─────────────────────▶ has the lock and the sockets
//	                                         answers from the leases
//	whoever takes the network down
//	  removes RUN/networks/ID ─────────────▶ sees that its lock is gone, and ends
//
// So it is there exactly as long as the bridge, and a question asked before it
// runs waits in the socket. When it is killed the kernel lets go of the lock, and
// whoever next connects a container or looks for the dead starts another.
const (
	serverArg = "mini-docker-names" // argv[0]; then the engine's folders, and the network
	lockName  = "server"

	// Descriptors of the name server.
	lockFD, packetsFD, connectionsFD = 3, 4, 5
)

// answerNames sees to it that there is a name server on a network whose containers
// have names. The network must be up, and locked.
func (s *Store) answerNames(n *Network) error {
	if n.Name == Default {
		return nil
	}
	held, err := os.OpenFile(filepath.Join(s.leases(n.ID), lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer held.Close()
	if err := flock.TakeFile(held); errors.Is(err, flock.ErrHeld) {
		return nil // it is there
	} else if err != nil {
		return fmt.Errorf("locking %s: %w", held.Name(), err)
	}
	packets, connections, err := listen(n.Gateway)
	if err != nil {
		return fmt.Errorf("network %s has %w: %w", n.Name, ErrNoNames, err)
	}
	defer packets.Close()
	defer connections.Close()
	return s.executeServer(n, held, packets, connections)
}

// listen takes port 53 of the gateway. SO_REUSEPORT lets the next server have it
// while the last one, whose network is gone, has not ended yet. See socket(7).
func listen(gateway netip.Addr) (packets, connections *os.File, err error) {
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) (err error) {
		return errors.Join(raw.Control(func(fd uintptr) {
			err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
		}), err)
	}}
	address := netip.AddrPortFrom(gateway, 53).String()
	socket, err := config.ListenPacket(context.Background(), "udp4", address)
	if err != nil {
		return nil, nil, err
	}
	defer socket.Close()
	listener, err := config.Listen(context.Background(), "tcp4", address)
	if err != nil {
		return nil, nil, err
	}
	defer listener.Close()
	if packets, err = socket.(*net.UDPConn).File(); err != nil {
		return nil, nil, err
	}
	if connections, err = listener.(*net.TCPListener).File(); err != nil {
		return nil, nil, errors.Join(err, packets.Close())
	}
	return packets, connections, nil
}

// executeServer starts the name server, in a session of its own: what is sent to
// ours is not meant for it.
func (s *Store) executeServer(n *Network, files ...*os.File) error {
	server := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{serverArg, s.o.Root, s.o.RunDir, n.ID}, Dir: "/",
		Env:        []string{"GOMAXPROCS=2", "GOGC=20"}, // it is to be small
		ExtraFiles: files, SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	if err := server.Start(); err != nil {
		return fmt.Errorf("starting the name server of network %s: %w", n.Name, err)
	}
	go server.Wait() // a program that lives on must not keep it as a zombie
	return nil
}

// answerAgain starts the name server of a network that is in use, if it was killed.
func (s *Store) answerAgain(id string) error {
	unlock, err := lock(s.leases(id))
	if err != nil {
		return err
	}
	defer unlock()
	n := new(Network)
	if err := read(s.file(id), n); err != nil {
		return ignoreAbsence(err)
	}
	if err := s.answerNames(n); err != nil && !errors.Is(err, ErrNoNames) {
		return err
	}
	return nil
}

// MaybeAnswer answers for the names of a network, if that is what this program was
// started for, and never returns then.
func MaybeAnswer() {
	if len(os.Args) != 4 || os.Args[0] != serverArg {
		return
	}
	s := New(Options{Root: os.Args[1], RunDir: os.Args[2]})
	if err := s.answer(os.Args[3]); err != nil && !errors.Is(err, context.Canceled) {
		os.Exit(1) // nobody listens; the next one is started when it is missed
	}
	os.Exit(0)
}

// answer is the name server, until its network is taken down.
func (s *Store) answer(network string) error {
	held := os.NewFile(lockFD, filepath.Join(s.leases(network), lockName))
	packets, err := net.FilePacketConn(os.NewFile(packetsFD, "packets"))
	if err != nil {
		return err
	}
	connections, err := net.FileListener(os.NewFile(connectionsFD, "connections"))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() {
		defer cancel()
		over <- awaitRemoval(held)
	}()
	server := names.Server{Zone: func(client netip.Addr) (*names.Zone, error) { return s.zone(network, client) }}
	if err := server.Serve(ctx, packets, connections); !errors.Is(err, context.Canceled) {
		return err
	}
	return <-over
}

// awaitRemoval returns when an open file has no longer its name: it was removed
// with its folder. See inotify(7).
func awaitRemoval(file *os.File) error {
	notify, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		return fmt.Errorf("watching %s: %w", file.Name(), err)
	}
	defer unix.Close(notify)
	// A folder that is gone already is an error here, and the end all the same.
	if _, err := unix.InotifyAddWatch(notify, filepath.Dir(file.Name()), unix.IN_DELETE|unix.IN_DELETE_SELF); err != nil {
		return fmt.Errorf("watching %s: %w", file.Name(), err)
	}
	opened, err := file.Stat()
	if err != nil {
		return err
	}
	events := make([]byte, 4096)
	for {
		if now, err := os.Stat(file.Name()); err != nil || !os.SameFile(opened, now) {
			return nil
		}
		if _, err := unix.Read(notify, events); err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
