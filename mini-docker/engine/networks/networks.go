// Package networks keeps the networks of one engine: it remembers them, brings
// their bridge up when the first container needs it, gives containers addresses
// and publishes their ports.
//
//	s := networks.New(networks.Options{Root: root, RunDir: run, IsAlive: …})
//	n, err := s.Create(networks.Spec{Name: "shop"})
//	lease, err := s.Connect(ctx, networks.Request{Network: n, Container: id, Namespace: "/proc/4711/ns/net"})
//	err = s.Disconnect(id)
//
// There is no daemon. What is known stands in files:
//
//	ROOT/networks/ID.json            a network: name, subnet, labels
//	RUN/networks/ID/                 locked while something of it changes
//	RUN/networks/ID/server           locked by the network's name server
//	RUN/networks/ID/CONTAINER.json   a lease: who has which address and which ports
//
// Whether a lease still holds is decided by facts: it does as long as the
// container it names is owned by a living process. Any process may be killed at
// any instant; whoever comes next takes back what is left over (Sweep).
//
// Unlike Docker's, a bridge goes with its network's last container, and comes with
// the next: a machine on which nothing runs is as it was. Its interface and its
// rules carry the name and the root of the engine, so that several engines can
// share a machine.
package networks

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"drydock/mini-docker/engine/refusal"
	"drydock/mini-docker/flock"
)

// What can be wrong with a request.
var (
	// ErrNotExist says that no network has the name or id.
	ErrNotExist = errors.New("not found")
	// ErrInUse says that containers are connected to the network.
	ErrInUse = errors.New("has active endpoints")
	// ErrNoNames says that a network is up, but nobody answers for its names: they
	// stand in /etc/hosts alone.
	ErrNoNames = errors.New("no name server: containers find one another through /etc/hosts only")
	// ErrInvalid says that what was asked for cannot be meant, or not be done.
	ErrInvalid = refusal.ErrInvalid
)

func invalidf(format string, args ...any) error { return refusal.As(ErrInvalid, format, args...) }

// Options says where the networks' files lie, and who is alive.
type Options struct {
	Root   string // what must survive a reboot: the networks
	RunDir string // what must not: the leases

	// IsAlive says whether a container is there and owned by a process: it runs,
	// or is about to.
	IsAlive func(container string) bool
}

// Store keeps the networks of one engine.
type Store struct{ o Options }

// New returns the networks whose files lie where o says. Nothing is read or
// written yet.
func New(o Options) *Store { return &Store{o} }

// dir holds a file for each network.
func (s *Store) dir() string { return filepath.Join(s.o.Root, "networks") }

// file is where a network is remembered.
func (s *Store) file(id string) string { return filepath.Join(s.dir(), id+".json") }

// leases is the folder of a network's leases.
func (s *Store) leases(id string) string { return filepath.Join(s.o.RunDir, "networks", id) }

// lock waits for the lock of a folder, which it makes if need be, and returns
// who lets go of it.
func lock(folder string) (unlock func(), err error) {
	for {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
		held, err := flock.Wait(folder)
		if err == nil {
			return held.Release, nil
		}
		if !errors.Is(err, os.ErrNotExist) { // else removed in between, with its network
			return nil, err
		}
	}
}

// Exclusive calls f while nobody else does, in whatever process: for what is made
// of all that the networks' leases say.
func (s *Store) Exclusive(f func() error) error {
	unlock, err := lock(filepath.Join(s.o.RunDir, "networks"))
	if err != nil {
		return err
	}
	defer unlock()
	return f()
}

// write writes a file so that readers see it whole or not at all.
func write(path string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	err = os.WriteFile(path+".new", text, 0o600)
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		os.Remove(path + ".new") // it may not even have come to be
	}
	return err
}

// read reads such a file.
func read(path string, value any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, value); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	return nil
}

// short is a name of so many digits for whatever the parts name together.
func short(digits int, parts ...string) string {
	hash := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(hash, "%s\x00", part)
	}
	return hex.EncodeToString(hash.Sum(nil))[:digits]
}
