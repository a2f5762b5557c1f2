package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"drydock/mini-docker/image"
	"drydock/mini-docker/image/archive"
)

// parallel is how many layers are fetched at once, as in Docker.
const parallel = 3

// Pull brings an image into a store. Of several it takes this machine's. What the
// store has already is not fetched again.
func Pull(ctx context.Context, store *image.Store, n image.Name, notify Notify) (archive.Loaded, error) {
	in := store.NewIntake()
	loaded, err := pull(ctx, in, n, notify, patience)
	return loaded, errors.Join(err, in.Close())
}

func pull(ctx context.Context, in *image.Intake, n image.Name, notify Notify, patience time.Duration) (archive.Loaded, error) {
	how, err := options(ctx, n.Registry, patience)
	if err != nil {
		return archive.Loaded{}, err
	}
	found, err := resolve(n, how)
	if err != nil {
		return archive.Loaded{}, explain(n, err)
	}
	manifest, err := found.RawManifest()
	if err != nil {
		return archive.Loaded{}, explain(n, err)
	}
	if err := takeConfig(ctx, in, n, found); err != nil {
		return archive.Loaded{}, explain(n, err)
	}
	layers, err := found.Layers()
	if err != nil {
		return archive.Loaded{}, explain(n, err)
	}
	if err := fetchAll(ctx, in, layers, notify); err != nil {
		return archive.Loaded{}, explain(n, err)
	}
	added, lost, err := in.AddImage(ctx, manifest, n)
	if err != nil {
		return archive.Loaded{}, err
	}
	_, err = in.Commit(ctx)
	return archive.Loaded{Image: added, Names: added.Names, Lost: lost}, err
}

// takeConfig takes the config in once the manifest has been found sound, and looks
// whether the image could run here: before its layers, which are large, are fetched.
func takeConfig(ctx context.Context, in *image.Intake, n image.Name, found v1.Image) error {
	manifest, err := found.Manifest()
	if err != nil {
		return err
	}
	if err := image.CheckManifest(manifest); err != nil {
		return err
	}
	text, err := found.RawConfigFile()
	if err != nil {
		return err
	}
	config, err := found.ConfigFile()
	if err != nil {
		return fmt.Errorf("%w: config: %w", image.ErrMalformed, err)
	}
	if err := (&image.Image{Config: config}).CheckPlatform(n.Familiar()); err != nil {
		return &noMatchError{": " + err.Error()}
	}
	_, _, err = in.AddBlob(ctx, bytes.NewReader(text))
	return err
}

// noMatchError: a registry has the image, and not for this machine. Docker's words.
type noMatchError struct{ reason string }

func (e *noMatchError) Error() string {
	own := image.ThisMachine()
	return fmt.Sprintf("no matching manifest for %s/%s%s", own.OS, own.Architecture, e.reason)
}

// resolve finds the image behind a name.
func resolve(n image.Name, options []remote.Option) (v1.Image, error) {
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
	at := slices.IndexFunc(list.Manifests, func(entry v1.Descriptor) bool { return image.IsForThisMachine(entry.Platform) })
	if at < 0 {
		return nil, &noMatchError{" in the manifest list entries"}
	}
	return index.Image(list.Manifests[at].Digest)
}

// fetchAll fetches layers, some at once. The first that fails ends the others.
func fetchAll(ctx context.Context, in *image.Intake, layers []v1.Layer, notify Notify) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	free := make(chan struct{}, parallel)
	var fetching sync.WaitGroup
	var telling sync.Mutex
	for _, layer := range layers {
		fetching.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			digest, size, state, err := fetch(ctx, in, layer)
			if err != nil {
				cancel(err)
				return
			}
			telling.Lock()
			defer telling.Unlock()
			notify(digest.Hex[:12], state, size)
		})
	}
	fetching.Wait()
	return context.Cause(ctx)
}

// fetch takes one layer in, and believes nothing that is said of it.
func fetch(ctx context.Context, in *image.Intake, layer v1.Layer) (digest v1.Hash, size int64, state string, err error) {
	if digest, err = layer.Digest(); err != nil {
		return digest, 0, "", err
	}
	if size, err = layer.Size(); err != nil {
		return digest, 0, "", err
	}
	if in.Has(digest) {
		return digest, size, "Already exists", nil
	}
	stream, err := layer.Compressed()
	if err != nil {
		return digest, size, "", err
	}
	defer stream.Close()
	got, n, err := in.AddBlob(ctx, &exactly{stream, size})
	switch {
	case err != nil:
		return digest, size, "", fmt.Errorf("layer %s: %w", digest.Hex[:12], err)
	case got != digest || n != size:
		return digest, size, "", fmt.Errorf("layer %s: %w: got %s", digest.Hex[:12], archive.ErrDigest, got)
	}
	return digest, size, "Pull complete", nil
}

// exactly reads so many bytes of a stream, and does not hear what its reader thinks
// of them: the intake finds out their digest itself.
type exactly struct {
	r    io.Reader
	left int64
}

func (e *exactly) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.r.Read(p[:min(int64(len(p)), e.left)])
	if e.left -= int64(n); e.left == 0 {
		err = nil
	}
	return n, err
}
