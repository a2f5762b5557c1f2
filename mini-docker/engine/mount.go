package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"drydock/mini-docker/engine/mounts"
	"drydock/mini-docker/volume"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Mount is what a container sees besides its own file system, by the names that
// `inspect` has for it.
type Mount struct {
	Type        mounts.Type
	Name        string `json:",omitempty"` // of a volume
	Source      string // on the host
	Destination string // in the container
	Driver      string `json:",omitempty"` // of a volume
	Mode        string
	RW          bool
	Propagation string

	NonRecursive bool `json:",omitempty"` // without what is mounted below the source
}

// Bind asks for the mount of a folder or file of the host at a path of the
// container.
func Bind(source, destination string, readOnly bool) mounts.Request {
	return mounts.Request{Type: mounts.Bind, Source: source, Target: destination, ReadOnly: readOnly}
}

// volumeWish is a volume that a container is going to use.
type volumeWish struct {
	volume.Volume
	destination string
	copy        bool // the image's files are put in, if it is empty
}

// planMounts decides what is mounted where. What is asked for with a path takes the
// place of what another container has there, and of a volume that the image wants.
func (e *Engine) planMounts(ctx context.Context, c *Container, o CreateOptions) error {
	for _, each := range o.VolumesFrom {
		if err := e.planFrom(ctx, c, each); err != nil {
			return err
		}
	}
	asked := map[string]bool{}
	for where := range c.HostConfig.Tmpfs {
		asked[path.Clean(where)] = true
	}
	for _, each := range o.Mounts {
		target := path.Clean(each.Target)
		if asked[target] {
			return invalidf("Duplicate mount point: %s", target)
		}
		asked[target] = true
		c.dropMount(target)
		if err := c.planMount(each); err != nil {
			return err
		}
	}
	wanted := c.Config.Volumes
	if o.Base != nil {
		wanted = nil // a step of a build writes there as anywhere else
	}
	for _, each := range slices.Sorted(maps.Keys(wanted)) {
		target := path.Clean(each)
		if asked[target] || slices.ContainsFunc(c.Mounts, func(m Mount) bool { return m.Destination == target }) {
			continue
		}
		if err := c.planMount(mounts.Request{Type: mounts.Volume, Target: target, Short: true}); err != nil {
			return err
		}
	}
	for i, each := range c.Mounts {
		if each.Type == mounts.Volume {
			c.Mounts[i].Source = e.Volumes().Mountpoint(each.Name)
		}
	}
	return nil
}

// planFrom gives the container the mounts of another one.
func (e *Engine) planFrom(ctx context.Context, c *Container, from mounts.From) error {
	other, err := e.Find(ctx, from.Container)
	if err != nil {
		return err
	}
	noted := other.ID
	if from.ReadOnly {
		noted += ":ro"
	}
	c.HostConfig.VolumesFrom = append(c.HostConfig.VolumesFrom, noted)
	for _, each := range other.Mounts {
		if each.Type == mounts.Tmpfs {
			continue
		}
		each.RW = each.RW && !from.ReadOnly
		c.dropMount(each.Destination)
		c.Mounts = append(c.Mounts, each)
		if each.Type == mounts.Volume { // should it be gone since
			c.volumes = append(c.volumes, volumeWish{volume.Volume{Name: each.Name}, each.Destination, false})
		}
	}
	return nil
}

// dropMount takes back what was planned for a place.
func (c *Container) dropMount(destination string) {
	c.Mounts = slices.DeleteFunc(c.Mounts, func(m Mount) bool { return m.Destination == destination })
	c.volumes = slices.DeleteFunc(c.volumes, func(w volumeWish) bool { return w.destination == destination })
}

// planMount notes one mount that is asked for.
func (c *Container) planMount(r mounts.Request) error {
	if err := r.Check(); err != nil {
		return invalidf("%v", err)
	}
	m := Mount{Type: r.Type, Source: r.Source, Destination: path.Clean(r.Target), Mode: r.Mode, RW: !r.ReadOnly}
	switch r.Type {
	case mounts.Tmpfs:
		if c.HostConfig.Tmpfs == nil {
			c.HostConfig.Tmpfs = map[string]string{}
		}
		c.HostConfig.Tmpfs[m.Destination] = r.TmpfsOptions()
	case mounts.Bind:
		m.Source, m.Propagation, m.NonRecursive = path.Clean(r.Source), r.Propagation, r.Flat
		if m.Propagation == "" {
			m.Propagation = mounts.DefaultPropagation
		}
		if _, err := os.Stat(m.Source); errors.Is(err, fs.ErrNotExist) && !r.MakeSource {
			return invalidf("invalid mount config for type \"bind\": bind source path does not exist: %s", m.Source)
		}
	case mounts.Volume:
		return c.planVolume(m, r)
	}
	c.noteBind(m, r)
	c.Mounts = append(c.Mounts, m)
	return nil
}

// planVolume notes a volume that is asked for.
func (c *Container) planVolume(m Mount, r mounts.Request) error {
	wish := volumeWish{volume.Volume{Name: r.Source, Labels: maps.Clone(r.Labels)}, m.Destination, !r.NoCopy}
	if r.Source == "" {
		if wish.Labels == nil {
			wish.Labels = map[string]string{}
		}
		wish.Name, wish.Labels[volume.AnonymousLabel] = volume.NewName(), ""
	} else if err := volume.CheckName(r.Source); err != nil {
		return invalidf("create %s: %v", r.Source, err)
	}
	m.Name, m.Driver = wish.Name, "local"
	if m.Mode == "" && !(r.Short && r.Source == "") {
		m.Mode = "z" // which is what Docker shows for no mode at all
	}
	c.noteBind(m, r)
	c.volumes = append(c.volumes, wish)
	c.Mounts = append(c.Mounts, m)
	return nil
}

// noteBind notes what -v asked for, as Docker does.
func (c *Container) noteBind(m Mount, r mounts.Request) {
	switch {
	case !r.Short:
	case r.Source == "":
		if c.Config.Volumes == nil {
			c.Config.Volumes = map[string]struct{}{}
		}
		c.Config.Volumes[m.Destination] = struct{}{}
	default:
		text := r.Source + ":" + r.Target
		if r.Mode != "" {
			text += ":" + r.Mode
		}
		c.HostConfig.Binds = append(c.HostConfig.Binds, text)
	}
}

// bind adds the container's mounts to its bundle. One takes the place of what
// would stand there otherwise, such as /etc/hosts; what lies in a folder is mounted
// after what is mounted on it.
func (c *Container) bind(spec *specs.Spec) error {
	ordered := slices.Clone(c.Mounts)
	slices.SortStableFunc(ordered, func(a, b Mount) int { return len(a.Destination) - len(b.Destination) })
	for _, each := range ordered {
		if each.Type == mounts.Tmpfs {
			continue // see HostConfig.Tmpfs
		}
		if err := c.checkSource(each); err != nil {
			return err
		}
		spec.Mounts = slices.DeleteFunc(spec.Mounts, func(m specs.Mount) bool { return m.Destination == each.Destination })
		spec.Mounts = append(spec.Mounts, each.spec())
	}
	return nil
}

// spec says the same to an OCI runtime.
func (m Mount) spec() specs.Mount {
	kind, propagation := "rbind", m.Propagation
	if m.NonRecursive {
		kind = "bind"
	}
	if propagation == "" {
		propagation = mounts.DefaultPropagation
	}
	options := []string{kind, propagation}
	if !m.RW {
		options = append(options, "rro") // what is mounted below it as well
	}
	return specs.Mount{Destination: m.Destination, Type: "bind", Source: m.Source, Options: options}
}

// checkSource sees to it that what is to be mounted is there. A folder of the host
// that was asked for with -v is made where it is missing, as Docker does.
func (c *Container) checkSource(m Mount) error {
	_, err := os.Stat(m.Source)
	switch {
	case !errors.Is(err, fs.ErrNotExist):
		return nil // what else is wrong, the mount says
	case m.Type == mounts.Volume:
		return invalidf("the volume %s of the container is gone: make it again with `mini-docker volume create %[1]s`", m.Name)
	case !slices.ContainsFunc(c.HostConfig.Binds, func(text string) bool { return strings.HasPrefix(text, m.Source+":"+m.Destination) }):
		return invalidf("invalid mount config for type \"bind\": bind source path does not exist: %s", m.Source)
	}
	if err := os.MkdirAll(m.Source, 0o755); err != nil {
		return fmt.Errorf("error while creating mount source path '%s': %w", m.Source, err)
	}
	return nil
}
