package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"drydock/mini-docker/flock"
	"drydock/mini-docker/image"
	"drydock/mini-docker/image/base"
	"drydock/mini-docker/layer"
	"drydock/mini-docker/sandbox"
	"drydock/mini-docker/sandbox/relay"
	"drydock/mini-k8s/pki"
)

// record is what the keeper writes down of itself, for those who come later.
type record struct {
	Keeper int // its PID
	Init   int // PID of the sandbox's first process, outside
	Server string
	Nodes  int
}

// keeper holds a cluster.
type keeper struct {
	*Cluster
	spec     Spec
	box      *sandbox.Sandbox
	listener net.Listener
	running  sync.WaitGroup
}

// Keep makes the cluster and watches over it until ctx ends. Nothing is left then.
func (c *Cluster) Keep(ctx context.Context, s Spec) (err error) {
	lock, err := flock.Take(c.dir)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRunning, err)
	}
	defer lock.Release()
	defer func() { err = errors.Join(err, c.forget()) }()
	k := &keeper{Cluster: c, spec: s}
	if k.listener, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", s.Port)); err != nil {
		return fmt.Errorf("listening for kubectl: %w", err)
	}
	defer k.listener.Close()
	if err := k.open(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, k.box.Close()) }()
	ctx, stop := context.WithCancel(ctx)
	defer k.running.Wait()
	defer stop()
	if err := k.start(ctx); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case <-k.box.Done():
		return errors.New("the sandbox of the cluster has ended: somebody has killed its first process")
	}
}

// forget removes all that is outside, but the log of the keeper itself where it did
// not come to its end.
func (c *Cluster) forget() error { return os.RemoveAll(c.dir) }

// open makes the sandbox, with a copy of this program in it.
func (k *keeper) open(ctx context.Context) error {
	tree, err := k.unpackBase(ctx)
	if err != nil {
		return err
	}
	k.box, err = sandbox.Start(ctx, sandbox.Spec{
		Base: tree, Files: []sandbox.File{{Source: k.spec.Program, Target: program}},
		Hostname: k.Name, Control: k.control(), Scratch: k.scratch(), Cgroups: true, Lent: k.lent(),
	})
	if err != nil {
		return err
	}
	for _, refused := range k.box.Refused {
		slog.Warn("this machine does not let the cluster have", "what", refused)
	}
	if k.box.NotLent != nil {
		slog.Warn("the images of this machine are not in the cluster", "why", k.box.NotLent)
	}
	return os.RemoveAll(tree)
}

// lent are the folders of images that the cluster's sandbox sees.
func (k *keeper) lent() (dirs []sandbox.Lent) {
	for i, engine := range k.spec.Images {
		for _, name := range image.Shared(engine) {
			dirs = append(dirs, sandbox.Lent{Source: filepath.Join(engine, name), Name: filepath.Join(lentName(i), name)})
		}
	}
	return dirs
}

// environment tells the engines of the nodes where the images are that are lent.
func (k *keeper) environment() []string {
	var dirs []string
	for i := range k.spec.Images {
		dirs = append(dirs, filepath.Join(sandbox.LentDir, lentName(i)))
	}
	return []string{"MINI_DOCKER_IMAGES=" + strings.Join(dirs, string(filepath.ListSeparator))}
}

// lentName is what the folder of an engine is called where it is lent.
func lentName(i int) string { return fmt.Sprintf("images-%d", i) }

// unpackBase unpacks the tree that the sandbox's root is filled from, for the user
// who is root inside.
func (k *keeper) unpackBase(ctx context.Context) (string, error) {
	gz, ok := base.Layer()
	if !ok {
		return "", errors.New("this mini-k8s was built without the base image: build it with `make build`")
	}
	dir := filepath.Join(k.dir, "base")
	_, err := layer.Apply(ctx, dir, bytes.NewReader(gz), layer.ApplyOptions{UserXattr: layer.UserXattr()})
	if err != nil {
		return "", err
	}
	owner := sandbox.RootInside(false)
	if owner == os.Geteuid() {
		return dir, nil
	}
	return dir, filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, owner, owner))
	})
}

// start prepares the sandbox, and starts the API server, then the others, which
// could do nothing without it.
func (k *keeper) start(ctx context.Context) error {
	server := "https://" + k.listener.Addr().String()
	config, err := k.prepare(ctx, server)
	if err != nil {
		return err
	}
	k.keep(ctx, apiserver())
	if err := k.awaitAPI(ctx); err != nil {
		return err
	}
	k.running.Go(func() { k.relay(ctx) })
	for _, each := range others(k.spec.Nodes) {
		k.keep(ctx, each)
	}
	text, err := json.Marshal(record{Keeper: os.Getpid(), Init: k.box.PID(), Server: server, Nodes: k.spec.Nodes})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(k.dir, "record"), text, 0o600); err != nil {
		return err
	}
	return pki.WriteFile(k.Kubeconfig(), config)
}

// prepare runs Prepare inside, and returns the kubeconfig that it prints.
func (k *keeper) prepare(ctx context.Context, server string) ([]byte, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	printed := make(chan []byte)
	go func() {
		text, _ := io.ReadAll(read) // ends with the command
		printed <- text
	}()
	exit, err := k.box.Exec(ctx, sandbox.Command{
		Args: []string{program, "prepare", "--server", server, "--nodes", fmt.Sprint(k.spec.Nodes)}, Stdout: write, Stderr: os.Stderr,
	})
	write.Close()
	text := <-printed
	if err == nil && exit != 0 {
		err = fmt.Errorf("preparing the sandbox of the cluster: status %d", exit)
	}
	return text, err
}

// keep has a component run until ctx ends, and what it says go to a file.
func (k *keeper) keep(ctx context.Context, c component) {
	k.running.Go(func() {
		keepRunning(ctx, c.name, func(ctx context.Context) string {
			log, err := os.OpenFile(filepath.Join(k.Logs(), c.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
			if err != nil {
				return err.Error()
			}
			defer log.Close()
			exit, err := k.box.Exec(ctx, sandbox.Command{Args: c.args, Env: k.environment(), Stdout: log, Stderr: log})
			if err != nil {
				return err.Error()
			}
			return fmt.Sprintf("status %d", exit)
		})
	})
}

// apiAddress is where the API server listens, inside.
func apiAddress() string { return fmt.Sprintf("%s:%d", underlay.Addr(), apiPort) }

// awaitAPI waits until somebody listens at the API server's address.
func (k *keeper) awaitAPI(ctx context.Context) error {
	const patience, pause = time.Minute, 5 * time.Millisecond
	for deadline := time.Now().Add(patience); ; time.Sleep(pause) {
		connection, err := k.box.Dial(ctx, apiAddress())
		if err == nil {
			return connection.Close()
		}
		if ctx.Err() != nil || errors.Is(err, sandbox.ErrEnded) || time.Now().After(deadline) {
			return fmt.Errorf("waiting for the API server (its log is %s): %w", filepath.Join(k.Logs(), "apiserver.log"), err)
		}
	}
}

// relay passes connections on to the API server: for each a pair of sockets, no
// socket of the host's gets inside.
func (k *keeper) relay(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { k.listener.Close() })
	defer stop()
	for {
		outside, err := k.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // no descriptors, for a moment
			time.Sleep(firstRest)
			continue
		}
		go func() {
			inside, err := k.box.Dial(ctx, apiAddress())
			if err != nil {
				outside.Close()
				return
			}
			relay.Join(outside.(*net.TCPConn), inside)
		}()
	}
}
