package plan

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/mounts"
	"drydock/mini-docker/engine/refusal"
	"drydock/mini-docker/volume"
)

// VolumeWish is a volume that a container is going to use.
type VolumeWish struct {
	volume.Volume
	Destination string
	Copy        bool // the image's files are put in, if it is empty
}

// planMounts decides what is mounted where. What is asked for with a path takes the
// place of what another container has there, and of a volume that the image wants.
func (w World) planMounts(ctx context.Context, p *Plan, o Options) error {
	for _, each := range o.VolumesFrom {
		if err := w.planFrom(ctx, p, each); err != nil {
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
			return refusal.Invalidf("Duplicate mount point: %s", target)
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
			p.Mounts[i].Source = w.Volumes.Mountpoint(each.Name)
		}
	}
	return nil
}

// planFrom gives the container the mounts of another one.
func (w World) planFrom(ctx context.Context, p *Plan, from mounts.From) error {
	other, err := w.Find(ctx, from.Container)
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
			p.Volumes = append(p.Volumes, VolumeWish{volume.Volume{Name: each.Name}, each.Destination, false})
		}
	}
	return nil
}

// dropMount takes back what was planned for a place.
func dropMount(p *Plan, destination string) {
	p.Mounts = slices.DeleteFunc(p.Mounts, func(m container.Mount) bool { return m.Destination == destination })
	p.Volumes = slices.DeleteFunc(p.Volumes, func(w VolumeWish) bool { return w.Destination == destination })
}

// planMount notes one mount that is asked for.
func planMount(p *Plan, r mounts.Request) error {
	if err := r.Check(); err != nil {
		return refusal.Invalidf("%v", err)
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
			return refusal.Invalidf("invalid mount config for type \"bind\": bind source path does not exist: %s", m.Source)
		}
	case mounts.Volume:
		return planVolume(p, m, r)
	}
	noteBind(p, m, r)
	p.Mounts = append(p.Mounts, m)
	return nil
}

// planVolume notes a volume that is asked for.
func planVolume(p *Plan, m container.Mount, r mounts.Request) error {
	wish := VolumeWish{volume.Volume{Name: r.Source, Labels: maps.Clone(r.Labels)}, m.Destination, !r.NoCopy}
	if r.Source == "" {
		if wish.Labels == nil {
			wish.Labels = map[string]string{}
		}
		wish.Name, wish.Labels[volume.AnonymousLabel] = volume.NewName(), ""
	} else if err := volume.CheckName(r.Source); err != nil {
		return refusal.Invalidf("create %s: %v", r.Source, err)
	}
	m.Name, m.Driver = wish.Name, "local"
	if m.Mode == "" && !(r.Short && r.Source == "") {
		m.Mode = "z" // which is what Docker shows for no mode at all
	}
	noteBind(p, m, r)
	p.Volumes = append(p.Volumes, wish)
	p.Mounts = append(p.Mounts, m)
	return nil
}

// noteBind notes what -v asked for, as Docker does.
func noteBind(p *Plan, m container.Mount, r mounts.Request) {
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
