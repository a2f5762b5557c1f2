package networks

import (
	"errors"
	"os"
	"path/filepath"

	"drydock/mini-docker/network"
	"drydock/mini-docker/network/nat"
)

// takeDown removes the network's rules and its bridge, in this order: so a crash
// leaves no rules without the bridge by which they are found. The network must be
// locked.
func (s *Store) takeDown(n *Network) error {
	if n.Bridge == "" {
		return nil
	}
	bridge, err := network.OpenBridge(n.Bridge, s.alias(n))
	if errors.Is(err, network.ErrNoBridge) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(nat.Remove(n.Bridge), bridge.Remove())
}

// takeDownIdle removes from the kernel what a network has there, unless a container
// is connected to it; the network stays, and comes up with its next container. So
// nothing is left on a machine on which no container runs. The network must be
// locked; its folder of leases is gone after that.
func (s *Store) takeDownIdle(n *Network) error {
	if leases, err := s.holding(n); err != nil || len(leases) > 0 {
		return err
	}
	if err := s.takeDown(n); err != nil {
		return err
	}
	return os.RemoveAll(s.leases(n.ID))
}

// TakeDown removes the bridge and the rules of a network that no container is
// connected to; the network stays. Nothing happens to one that is in use.
func (s *Store) TakeDown(n *Network) error {
	unlock, err := lock(s.leases(n.ID))
	if err != nil {
		return err
	}
	defer unlock()
	return s.takeDownIdle(n)
}

// Sweep takes back what containers had that died without anybody to see it, and
// takes down what was brought up for one that never came.
func (s *Store) Sweep() error {
	entries, err := os.ReadDir(filepath.Join(s.o.RunDir, "networks"))
	if err != nil {
		return ignoreAbsence(err) // no network has been up here
	}
	for _, entry := range entries {
		err = errors.Join(err, s.sweep(entry.Name()))
	}
	return err
}

func (s *Store) sweep(id string) error {
	written, err := s.written(id)
	if err != nil {
		return err
	}
	isIdle := true
	for _, lease := range written {
		if s.o.IsAlive(lease.Container) {
			isIdle = false
			continue
		}
		err = errors.Join(err, s.release(lease, s.o.IsAlive))
	}
	if err == nil && !isIdle {
		return s.answerAgain(id)
	}
	if err != nil {
		return err
	}
	n := new(Network)
	if err := read(s.file(id), n); err != nil {
		return ignoreAbsence(err)
	}
	return s.TakeDown(n)
}
