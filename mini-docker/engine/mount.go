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

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/mounts"
	"drydock/mini-docker/volume"

	"github.com/opencontainers/runtime-spec/specs-go"
)

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
func (e *Engine) planMounts(ctx context.Context, p *plan, o CreateOptions) error {
	for _, each := range o.VolumesFrom {
		if err := e.planFrom(ctx, p, each); err != nil {
			return err
		}
	}
	asked := map[string]bool{}
	for where := range p.HostConfig.Tmpfs {
		asked[path.Clean(where)] = true
	}
	for _, each := range o.Mounts {
		target := path.Clean(each.Target)
		if asked[target] {
			return invalidf("Duplicate mount point: %s", target)
		}
		asked[target] = true
		dropMount(p, target)
		if err := planMount(p, each); err != nil {
			return err
		}
	}
	wanted := p.Config.Volumes
	if o.Base != nil {
		wanted = nil // a step of a build writes there as anywhere else
	}
	for _, each := range slices.Sorted(maps.Keys(wanted)) {
		target := path.Clean(each)
		if asked[target] || slices.ContainsFunc(p.Mounts, func(m container.Mount) bool { return m.Destination == target }) {
			continue
		}
		if err := planMount(p, mounts.Request{Type: mounts.Volume, Target: target, Short: true}); err != nil {
			return err
		}
	}
	for i, each := range p.Mounts {
		if each.Type == mounts.Volume {
			p.Mounts[i].Source = e.Volumes().Mountpoint(each.Name)
		}
	}
	return nil
}

// planFrom gives the container the mounts of another one.
func (e *Engine) planFrom(ctx context.Context, p *plan, from mounts.From) error {
	other, err := e.Find(ctx, from.Container)
	if err != nil {
		return err
	}
	noted := other.ID
	if from.ReadOnly {
		noted += ":ro"
	}
	p.HostConfig.VolumesFrom = append(p.HostConfig.VolumesFrom, noted)
	for _, each := range other.Mounts {
		if each.Type == mounts.Tmpfs {
			continue
		}
		each.RW = each.RW && !from.ReadOnly
		dropMount(p, each.Destination)
		p.Mounts = append(p.Mounts, each)
		if each.Type == mounts.Volume { // should it be gone since
			p.volumes = append(p.volumes, volumeWish{volume.Volume{Name: each.Name}, each.Destination, false})
		}
	}
	return nil
}

// dropMount takes back what was planned for a place.
func dropMount(p *plan, destination string) {
	p.Mounts = slices.DeleteFunc(p.Mounts, func(m container.Mount) bool { return m.Destination == destination })
	p.volumes = slices.DeleteFunc(p.volumes, func(w volumeWish) bool { return w.destination == destination })
}

// planMount notes one mount that is asked for.
func planMount(p *plan, r mounts.Request) error {
	if err := r.Check(); err != nil {
		return invalidf("%v", err)
	}
	m := container.Mount{Type: r.Type, Source: r.Source, Destination: path.Clean(r.Target), Mode: r.Mode, RW: !r.ReadOnly}
	switch r.Type {
	case mounts.Tmpfs:
		if p.HostConfig.Tmpfs == nil {
			p.HostConfig.Tmpfs = map[string]string{}
		}
		p.HostConfig.Tmpfs[m.Destination] = r.TmpfsOptions()
	case mounts.Bind:
		m.Source, m.Propagation, m.NonRecursive = path.Clean(r.Source), r.Propagation, r.Flat
		if m.Propagation == "" {
			m.Propagation = mounts.DefaultPropagation
		}
		if _, err := os.Stat(m.Source); errors.Is(err, fs.ErrNotExist) && !r.MakeSource {
			return invalidf("invalid mount config for type \"bind\": bind source path does not exist: %s", m.Source)
		}
	case mounts.Volume:
		return planVolume(p, m, r)
	}
	noteBind(p, m, r)
	p.Mounts = append(p.Mounts, m)
	return nil
}

// planVolume notes a volume that is asked for.
func planVolume(p *plan, m container.Mount, r mounts.Request) error {
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
	noteBind(p, m, r)
	p.volumes = append(p.volumes, wish)
	p.Mounts = append(p.Mounts, m)
	return nil
}

// noteBind notes what -v asked for, as Docker does.
func noteBind(p *plan, m container.Mount, r mounts.Request) {
	switch {
	case !r.Short:
	case r.Source == "":
		if p.Config.Volumes == nil {
			p.Config.Volumes = map[string]struct{}{}
		}
		p.Config.Volumes[m.Destination] = struct{}{}
	default:
		text := r.Source + ":" + r.Target
		if r.Mode != "" {
			text += ":" + r.Mode
		}
		p.HostConfig.Binds = append(p.HostConfig.Binds, text)
	}
}

// bind adds the container's mounts to its bundle. One takes the place of what
// would stand there otherwise, such as /etc/hosts; what lies in a folder is mounted
// after what is mounted on it.
func bind(c *container.Container, spec *specs.Spec) error {
	ordered := slices.Clone(c.Mounts)
	slices.SortStableFunc(ordered, func(a, b container.Mount) int { return len(a.Destination) - len(b.Destination) })
	for _, each := range ordered {
		if each.Type == mounts.Tmpfs {
			continue // see HostConfig.Tmpfs
		}
		if err := checkSource(c, each); err != nil {
			return err
		}
		spec.Mounts = slices.DeleteFunc(spec.Mounts, func(m specs.Mount) bool { return m.Destination == each.Destination })
		spec.Mounts = append(spec.Mounts, each.Spec())
	}
	return nil
}

// checkSource sees to it that what is to be mounted is there. A folder of the host
// that was asked for with -v is made where it is missing, as Docker does.
func checkSource(c *container.Container, m container.Mount) error {
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
