package remote

import (
	"context"
	"fmt"
	"io"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"drydock/mini-docker/image"
)

// Push gives an image of a store to a registry, as it is: blobs that the registry
// has are not sent.
func Push(ctx context.Context, store *image.Store, n image.Name, notify Notify) (*image.Image, error) {
	found, err := store.Get(n.String())
	if err != nil {
		return nil, err
	}
	var sent sync.Map
	stored, err := partial.CompressedToImage(storedImage{store, found, &sent})
	if err != nil {
		return nil, err
	}
	ref, err := reference(n)
	if err != nil {
		return nil, err
	}
	how, err := options(ctx, n.Registry)
	if err != nil {
		return nil, err
	}
	if err := remote.Write(ref, stored, how...); err != nil {
		return nil, explain(n, err)
	}
	for _, each := range found.Manifest.Layers {
		state := Present
		if _, ok := sent.Load(each.Digest); ok {
			state = Pushed
		}
		notify(Progress{Digest: each.Digest, State: state, At: each.Size, Size: each.Size})
	}
	return found, nil
}

// storedImage is an image of a store as the library sees it.
type storedImage struct {
	store *image.Store
	found *image.Image
	sent  *sync.Map // the digests of blobs that were opened, as the library does to send one
}

var _ partial.CompressedImageCore = storedImage{}

func (s storedImage) RawManifest() ([]byte, error)   { return s.store.Document(s.found.Digest) }
func (s storedImage) RawConfigFile() ([]byte, error) { return s.store.Document(s.found.ID) }

func (s storedImage) MediaType() (types.MediaType, error) {
	if s.found.Manifest.MediaType == "" {
		return types.OCIManifestSchema1, nil
	}
	return s.found.Manifest.MediaType, nil
}

func (s storedImage) LayerByDigest(digest v1.Hash) (partial.CompressedLayer, error) {
	for _, each := range append([]v1.Descriptor{s.found.Manifest.Config}, s.found.Manifest.Layers...) {
		if each.Digest == digest {
			return storedLayer{s, each}, nil
		}
	}
	return nil, fmt.Errorf("image %s has no layer %s", s.found.ShortID(), digest)
}

// storedLayer is a blob of a store as the library sees it.
type storedLayer struct {
	of storedImage
	v1.Descriptor
}

func (l storedLayer) Digest() (v1.Hash, error)            { return l.Descriptor.Digest, nil }
func (l storedLayer) Size() (int64, error)                { return l.Descriptor.Size, nil }
func (l storedLayer) MediaType() (types.MediaType, error) { return l.Descriptor.MediaType, nil }
func (l storedLayer) Compressed() (io.ReadCloser, error) {
	l.of.sent.Store(l.Descriptor.Digest, true)
	return l.of.store.OpenBlob(l.Descriptor.Digest)
}
