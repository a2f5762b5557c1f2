package image

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"drydock/mini-docker/layer"
)

// MaxDocument bounds a manifest or a config: 4 MiB, what registries accept
// (OCI distribution-spec, Pushing Manifests).
const MaxDocument = 4 << 20

// maxLayers is what overlayfs stacks (OVL_MAX_STACK in the kernel's
// fs/overlayfs/params.h).
const maxLayers = 500

// ErrMalformed is what errors wrap that find an image to contradict itself.
var ErrMalformed = errors.New("malformed image")

// CheckManifest holds what a manifest says to what an image may have, before any of
// it is fetched: a registry could otherwise fill the disk with what nobody can use.
func CheckManifest(manifest *v1.Manifest) error {
	if n := len(manifest.Layers); n > maxLayers {
		return fmt.Errorf("%w: it has %d layers, and overlayfs stacks %d", ErrMalformed, n, maxLayers)
	}
	if size := manifest.Config.Size; size < 0 || size > MaxDocument {
		return fmt.Errorf("%w: its config is said to have %d bytes, and may have %d", ErrMalformed, size, MaxDocument)
	}
	if !isDigest(manifest.Config.Digest) {
		return fmt.Errorf("%w: its config has the digest %q: only sha256 is known", ErrMalformed, manifest.Config.Digest)
	}
	var sum int64
	for i, packed := range manifest.Layers {
		if !isDigest(packed.Digest) {
			return fmt.Errorf("%w: layer %d has the digest %q: only sha256 is known", ErrMalformed, i+1, packed.Digest)
		}
		if packed.Size < 0 || packed.Size > layer.DefaultMaxBytes-sum {
			return fmt.Errorf("%w: its layers are said to have more than %d bytes up to the layer %d", ErrMalformed, layer.DefaultMaxBytes, i+1)
		}
		sum += packed.Size
		// Such layers were Windows' own, which its vendor alone may hand out. To
		// follow them would let an image say which addresses this machine asks.
		if len(packed.URLs) > 0 {
			return fmt.Errorf("layer %d lies elsewhere than the image, at %s: such layers are not supported", i+1, packed.URLs[0])
		}
	}
	return nil
}

// check looks whether manifest and config fit together.
func check(manifest *v1.Manifest, config *v1.ConfigFile) error {
	ids := config.RootFS.DiffIDs
	if len(ids) != len(manifest.Layers) {
		return fmt.Errorf("%w: its manifest lists %d layers, its config %d", ErrMalformed, len(manifest.Layers), len(ids))
	}
	for i, id := range ids {
		if !isDigest(id) {
			return fmt.Errorf("%w: layer %d has the digest %q: only sha256 is known", ErrMalformed, i+1, id)
		}
	}
	return nil
}

func isDigest(digest v1.Hash) bool {
	return digest.Algorithm == "sha256" && len(digest.Hex) == hexDigits && isHex(digest.Hex)
}

// readConfig reads the config of an image. An image for Windows or a file that is
// not an image at all (OCI artifacts look like one) cannot be used here.
func (in *Intake) readConfig(digest v1.Hash, config *v1.ConfigFile) error {
	file, err := in.OpenBlob(digest)
	if err != nil {
		return fmt.Errorf("%w: its config %s is missing", ErrMalformed, digest)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, MaxDocument+1))
	if err != nil {
		return err
	}
	if len(text) > MaxDocument {
		return fmt.Errorf("%w: its config is larger than %d bytes", ErrMalformed, MaxDocument)
	}
	if err := json.Unmarshal(text, config); err != nil {
		return fmt.Errorf("%w: config: %w", ErrMalformed, err)
	}
	if config.OS != "" && config.OS != "linux" {
		return fmt.Errorf("the image is for %s/%s, and containers here are Linux'", config.OS, config.Architecture)
	}
	return nil
}
