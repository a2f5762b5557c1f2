package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"drydock/mini-docker/layer"
)

// Damage is something of a store that is not as it should be.
type Damage struct {
	What string // in a sentence
	Help string // what can be done about it
}

// Verify reads every document and packed layer of the store, compares each with its
// digest, and looks whether every image has all its parts. The files of unpacked
// layers are not compared with anything: containers stand on them.
//
// With repair it removes what is damaged, so that it is fetched again by the next
// pull or load, and takes images from the list that nothing can be known of. What a
// container stands on stays. Nobody else writes to the store meanwhile.
func (s *Store) Verify(ctx context.Context, repair bool) ([]Damage, error) {
	v := &verification{Store: s, repair: repair, bad: map[string]bool{}}
	err := s.locked(ctx, func() error {
		if err := v.blobs(ctx); err != nil {
			return err
		}
		return v.images()
	})
	return v.found, err
}

// verification is one Verify under way.
type verification struct {
	*Store
	repair bool
	bad    map[string]bool // blobs
	found  []Damage
}

func (v *verification) note(help, what string, a ...any) {
	v.found = append(v.found, Damage{fmt.Sprintf(what, a...), help})
}

// blobs compares each blob with its name.
func (v *verification) blobs(ctx context.Context) error {
	entries, err := os.ReadDir(v.blobsDir())
	if err != nil {
		return err
	}
	for _, entry := range entries {
		path := filepath.Join(v.blobsDir(), entry.Name())
		got, err := fileDigest(ctx, path)
		if err != nil {
			return err
		}
		if got == entry.Name() {
			continue
		}
		v.bad[entry.Name()] = true
		v.note("", "blob %.12s is damaged: its content has the digest %.12s", entry.Name(), got)
		if v.repair {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	return nil
}

func fileDigest(ctx context.Context, path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	_, err = io.CopyBuffer(struct{ io.Writer }{sum}, contextReader{ctx, file}, make([]byte, 256<<10))
	return hex.EncodeToString(sum.Sum(nil)), err
}

// has says whether a blob is there, and sound.
func (v *verification) has(digest v1.Hash) bool {
	_, err := v.findBlob(digest)
	return err == nil && !v.bad[digest.Hex]
}

// images looks whether each image of the list has its parts.
func (v *verification) images() error {
	index, err := v.readIndex()
	if err != nil {
		return err
	}
	var kept []v1.Descriptor
	for _, entry := range index.Manifests {
		name := entry.Annotations[nameAnnotation]
		if name == "" {
			name = entry.Digest.Hex[:12]
		}
		var manifest v1.Manifest
		var config v1.ConfigFile
		if !v.has(entry.Digest) || v.readDocument(entry.Digest, &manifest) != nil ||
			!v.has(manifest.Config.Digest) || v.readDocument(manifest.Config.Digest, &config) != nil {
			v.note("pull, load or build it again", "image %s has lost its manifest or its config", name)
			continue
		}
		kept = append(kept, entry)
		v.layers(name, &manifest, &config)
	}
	if v.repair && len(kept) < len(index.Manifests) {
		index.Manifests = kept
		return v.writeIndex(index)
	}
	return nil
}

func (v *verification) layers(name string, manifest *v1.Manifest, config *v1.ConfigFile) {
	if err := check(manifest, config); err != nil {
		v.note("remove it, and pull it again", "image %s: %v", name, err)
		return
	}
	for i, packed := range manifest.Layers {
		_, err := v.findLayer(layer.DiffID(config.RootFS.DiffIDs[i].String()))
		switch {
		case v.has(packed.Digest):
		case err == nil:
			v.note("pull or load it again", "image %s: layer %d is not there as it was packed: the image runs, and cannot be saved or pushed", name, i+1)
		case errors.Is(err, os.ErrNotExist):
			v.note("pull or load it again", "image %s: layer %d is missing: the image cannot run", name, i+1)
		}
	}
}
