package cni

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
)

// ErrFull says that each address of the node belongs to a pod.
var ErrFull = errors.New("every address of this node is taken")

// leases are which pod has which address: a file for each address, with the pod's
// UID in it.
type leases struct {
	dir    string
	pods   netip.Prefix
	owners map[netip.Addr]string
	last   netip.Addr // that was given: who had an address before is not asked for as the next who has it
}

// openLeases reads what is written down.
func openLeases(dir string, pods netip.Prefix) (*leases, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	l := &leases{dir: dir, pods: pods.Masked(), owners: map[netip.Addr]string{}}
	l.last = l.pods.Addr().Next() // by convention a router's
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, each := range entries {
		address, err := netip.ParseAddr(each.Name())
		if err != nil || !l.pods.Contains(address) {
			continue // no lease, or one from before the node got other addresses
		}
		owner, err := os.ReadFile(filepath.Join(dir, each.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading who has an address: %w", err)
		}
		if len(owner) == 0 {
			continue // a power cut came between: it was not told to anybody
		}
		if l.owners[address] = string(owner); l.last.Less(address) {
			l.last = address
		}
	}
	return l, nil
}

// take returns a pod's address: the one that it has, or the next free one.
func (l *leases) take(pod string) (netip.Addr, error) {
	for address, owner := range l.owners {
		if owner == pod {
			return address, nil
		}
	}
	free, ok := l.next()
	if !ok {
		return netip.Addr{}, fmt.Errorf("%w: %s", ErrFull, l.pods)
	}
	if err := os.WriteFile(filepath.Join(l.dir, free.String()), []byte(pod), 0o600); err != nil {
		return netip.Addr{}, fmt.Errorf("writing down an address: %w", err)
	}
	l.owners[free], l.last = pod, free
	return free, nil
}

// next finds a free address after the one that was given last. The first two and
// the last of the range are nobody's.
func (l *leases) next() (netip.Addr, bool) {
	first := l.pods.Addr().Next().Next()
	address := l.last
	for range 1 << (32 - l.pods.Bits()) {
		address = address.Next()
		if !l.pods.Contains(address) || !l.pods.Contains(address.Next()) {
			address = first
		}
		if _, taken := l.owners[address]; !taken {
			return address, true
		}
	}
	return address, false
}

// give gives back what a pod has.
func (l *leases) give(pod string) error {
	for address, owner := range l.owners {
		if owner != pod {
			continue
		}
		if err := os.Remove(filepath.Join(l.dir, address.String())); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("giving back an address: %w", err)
		}
		delete(l.owners, address)
	}
	return nil
}
