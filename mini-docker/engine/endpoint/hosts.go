package endpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/networks"
)

// writeNames has the containers on some networks know one another's names, and no
// more those of who has left: each finds them in its /etc/hosts, see hosts(5). So
// they work while the network's name server is dead, or has no port to answer at.
// It is called after every change of one container; of two at once, the later one
// sees what both have done.
func (e *Endpoints) writeNames(changed string, refs ...string) error {
	return e.networks.Exclusive(func() error {
		var failed error
		known := e.newRoster()
		for _, ref := range refs {
			n, err := e.networks.Find(ref)
			if errors.Is(err, networks.ErrNotExist) {
				continue // removed, with all that was on it
			}
			if err != nil {
				return err
			}
			leases, err := known.on(n)
			if err != nil {
				return err
			}
			for _, lease := range concerned(leases, changed) {
				failed = errors.Join(failed, e.writeHosts(lease.Container, known))
			}
		}
		return failed
	})
}

// concerned are those of a network whose files a change of one container changes: where
// nobody has a name, as on the default network, its own alone.
func concerned(leases []*networks.Lease, changed string) []*networks.Lease {
	if slices.ContainsFunc(leases, func(l *networks.Lease) bool { return len(l.Names) > 0 }) {
		return leases
	}
	return slices.DeleteFunc(slices.Clone(leases), func(l *networks.Lease) bool { return l.Container != changed })
}

// roster is who is on which network. It is read once for all files of a change: a file
// that read it for itself would have each container read all others, for each that
// comes or goes.
type roster struct {
	networks *networks.Store
	members  map[string][]*networks.Lease // by the network's id
}

func (e *Endpoints) newRoster() roster {
	return roster{e.networks, map[string][]*networks.Lease{}}
}

func (r roster) on(n *networks.Network) ([]*networks.Lease, error) {
	if leases, isKnown := r.members[n.ID]; isKnown {
		return leases, nil
	}
	leases, err := r.networks.Leases(n)
	if err == nil {
		r.members[n.ID] = leases
	}
	return leases, err
}

// writeHosts writes a container's /etc/hosts: who it is, on each of its networks,
// and who is there besides. The file is mounted already, so it keeps its inode.
func (e *Endpoints) writeHosts(id string, known roster) error {
	c, err := e.containers.Load(id)
	if errors.Is(err, container.ErrNotExist) {
		return nil // just being removed
	}
	if err != nil {
		return err
	}
	own, err := e.networks.Of(id)
	if err != nil {
		return err
	}
	var text strings.Builder
	text.WriteString(defaultHosts)
	for _, lease := range own {
		fmt.Fprintf(&text, "%s\t%s\n", lease.Address.Addr(), hostnames(c))
	}
	for _, lease := range own {
		n, err := e.networks.Find(lease.Network)
		if err != nil {
			return err
		}
		others, err := known.on(n)
		if err != nil {
			return err
		}
		for _, other := range others {
			if other.Container != id && len(other.Names) > 0 {
				fmt.Fprintf(&text, "%s\t%s\n", other.Address.Addr(), strings.Join(other.Names, " "))
			}
		}
	}
	err = os.WriteFile(c.HostsPath, []byte(text.String()), 0o644)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // just being removed
	}
	return err
}

// hostnames is the host name, after the one with the domain if it has one.
func hostnames(c *container.Container) string {
	if c.Config.Domainname == "" {
		return c.Config.Hostname
	}
	return c.Config.Hostname + "." + c.Config.Domainname + " " + c.Config.Hostname
}

// defaultHosts are the names every container knows without asking.
const defaultHosts = `127.0.0.1	localhost
::1	localhost ip6-localhost ip6-loopback
fe00::	ip6-localnet
ff00::	ip6-mcastprefix
ff02::1	ip6-allnodes
ff02::2	ip6-allrouters
`
