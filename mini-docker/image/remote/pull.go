package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

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
	in, err := store.NewIntake(ctx)
	if err != nil {
		return archive.Loaded{}, err
	}
	loaded, err := pull(ctx, in, n, notify)
	return loaded, errors.Join(err, in.Close())
}

func pull(ctx context.Context, in *image.Intake, n image.Name, notify Notify) (archive.Loaded, error) {
	found, err := resolve(ctx, n)
	if err != nil {
		return archive.Loaded{}, explain(n, err)
	}
	manifest, err := found.RawManifest()
	if err != nil {
		return archive.Loaded{}, explain(n, err)
	}
	config, err := found.RawConfigFile()
	if err != nil {
		return archive.Loaded{}, explain(n, err)
	}
	if _, _, err := in.AddBlob(ctx, bytes.NewReader(config)); err != nil {
		return archive.Loaded{}, err
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

// resolve finds the image behind a name.
func resolve(ctx context.Context, n image.Name) (v1.Image, error) {
	ref, err := reference(n)
	if err != nil {
		return nil, err
	}
	described, err := remote.Get(ref, options(ctx)...)
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
		own := image.ThisMachine()
		return nil, fmt.Errorf("no matching manifest for %s/%s in the manifest list entries", own.OS, own.Architecture)
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
	got, n, err := in.AddBlob(ctx, io.LimitReader(stream, size+1))
	switch {
	case err != nil:
		return digest, size, "", fmt.Errorf("layer %s: %w", digest.Hex[:12], err)
	case got != digest || n != size:
		return digest, size, "", fmt.Errorf("layer %s: %w: got %s", digest.Hex[:12], archive.ErrDigest, got)
	}
	return digest, size, "Pull complete", nil
}
