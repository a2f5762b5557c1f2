package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"golang.org/x/sys/unix"

	"drydock/mini-docker/image"
	"drydock/mini-docker/image/archive"
)

// PullOptions say which image of several is wanted.
type PullOptions struct {
	Platform *v1.Platform // nil for this machine's
	Notify   Notify

	patience time.Duration // in tests
}

// Pull brings an image into a store. What the store has already is not fetched again,
// and what broke off an earlier time is gone on with.
func Pull(ctx context.Context, store *image.Store, n image.Name, o PullOptions) (archive.Loaded, error) {
	if o.patience == 0 {
		o.patience = patience
	}
	if o.Notify == nil {
		o.Notify = func(Progress) {}
	}
	in := store.NewIntake()
	loaded, err := pull(ctx, in, n, o)
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		in.GiveUp()
	}
	return loaded, errors.Join(err, in.Close())
}

func pull(ctx context.Context, in *image.Intake, n image.Name, o PullOptions) (archive.Loaded, error) {
	ref, err := reference(n)
	if err != nil {
		return archive.Loaded{}, err
	}
	way, err := connect(ctx, ref.Context(), o.patience)
	if err != nil {
		return archive.Loaded{}, explain(n, err)
	}
	found, err := o.resolve(n, remote.WithContext(ctx), remote.WithTransport(way))
	if err != nil {
		return archive.Loaded{}, explain(n, err)
	}
	text, err := found.RawManifest()
	if err != nil {
		return archive.Loaded{}, explain(n, err)
	}
	manifest, err := o.takeConfig(ctx, in, n, found)
	if err != nil {
		return archive.Loaded{}, explain(n, err)
	}
	from := &source{client: newClient(way), repository: ref.Context(), notify: o.Notify}
	if err := from.fetchAll(ctx, in, manifest.Layers); err != nil {
		return archive.Loaded{}, explain(n, err)
	}
	added, lost, err := in.AddImage(ctx, text, n)
	if err != nil {
		return archive.Loaded{}, err
	}
	if _, err = in.Commit(ctx); err != nil {
		return archive.Loaded{}, err
	}
	from.tellComplete(manifest.Layers)
	return archive.Loaded{Image: added, Names: added.Names, Lost: lost}, nil
}

// takeConfig takes the config in once the manifest has been found sound, and looks
// whether the image is one that was asked for: before its layers, which are large,
// are fetched.
func (o PullOptions) takeConfig(ctx context.Context, in *image.Intake, n image.Name, found v1.Image) (*v1.Manifest, error) {
	manifest, err := found.Manifest()
	if err != nil {
		return nil, err
	}
	if err := image.CheckManifest(manifest); err != nil {
		return nil, err
	}
	text, err := found.RawConfigFile()
	if err != nil {
		return nil, err
	}
	config, err := found.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("%w: config: %w", image.ErrMalformed, err)
	}
	if err := o.accept(n, config); err != nil {
		return nil, err
	}
	_, _, err = in.AddBlob(ctx, bytes.NewReader(text))
	return manifest, err
}

// accept refuses an image for another platform than was asked for.
func (o PullOptions) accept(n image.Name, config *v1.ConfigFile) error {
	if o.Platform == nil {
		if err := (&image.Image{Config: config}).CheckPlatform(n.Familiar()); err != nil {
			return &noMatchError{image.ThisMachine(), ": " + err.Error()}
		}
		return nil
	}
	if is := config.Platform(); config.Architecture != "" && !is.Satisfies(*o.Platform) {
		return &noMatchError{*o.Platform, fmt.Sprintf(": image %s is for %s", n.Familiar(), is)}
	}
	return nil
}

// noMatchError: a registry has the image, and not for the machine that it is wanted
// for. Docker's words.
type noMatchError struct {
	wanted v1.Platform
	reason string
}

func (e *noMatchError) Error() string {
	return fmt.Sprintf("no matching manifest for %s%s", e.wanted, e.reason)
}

// resolve finds the image behind a name.
func (o PullOptions) resolve(n image.Name, options ...remote.Option) (v1.Image, error) {
	ref, err := reference(n)
	if err != nil {
		return nil, err
	}
	described, err := remote.Get(ref, options...)
	if err != nil {
		return nil, err
	}
	if !described.MediaType.IsIndex() {
		return described.Image()
	}
	index, err := described.ImageIndex()
	if err != nil {
		return nil, err
	}
	list, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(list.Manifests, func(entry v1.Descriptor) bool { return o.wants(entry.Platform) })
	if at < 0 {
		wanted := image.ThisMachine()
		if o.Platform != nil {
			wanted = *o.Platform
		}
		return nil, &noMatchError{wanted, " in the manifest list entries"}
	}
	return index.Image(list.Manifests[at].Digest)
}

func (o PullOptions) wants(p *v1.Platform) bool {
	if o.Platform == nil {
		return image.IsForThisMachine(p)
	}
	return p != nil && p.Satisfies(*o.Platform)
}

// Manifest returns the manifest or the index behind a name, byte for byte.
func Manifest(ctx context.Context, n image.Name) ([]byte, error) {
	ref, err := reference(n)
	if err != nil {
		return nil, err
	}
	way, err := connect(ctx, ref.Context(), patience)
	if err != nil {
		return nil, explain(n, err)
	}
	found, err := remote.Get(ref, remote.WithContext(ctx), remote.WithTransport(way))
	if err != nil {
		return nil, explain(n, err)
	}
	return found.Manifest, nil
}
