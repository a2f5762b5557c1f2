package archive

import (
	"context"
	"errors"
	"io"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"drydock/mini-docker/image"
)

// ImportOptions say what image a root file system becomes.
type ImportOptions struct {
	Names   []image.Name
	Message string
	Config  v1.Config // how it is run
	// Platform the files are for; this machine's when it is zero.
	Platform v1.Platform
	Created  time.Time
}

// Import makes an image of a root file system, a tar archive that may be
// compressed. It is unpacked while it is read.
func Import(ctx context.Context, store *image.Store, r io.Reader, o ImportOptions) (Loaded, error) {
	in := store.NewIntake()
	loaded, err := importInto(ctx, in, r, o)
	return loaded, errors.Join(err, in.Close())
}

func importInto(ctx context.Context, in *image.Intake, r io.Reader, o ImportOptions) (Loaded, error) {
	packed, unpacked, err := in.AddLayer(ctx, r)
	if err != nil {
		return Loaded{}, err
	}
	if o.Platform.Architecture == "" {
		o.Platform = image.ThisMachine()
	}
	diffID, err := v1.NewHash(string(unpacked.DiffID))
	if err != nil {
		return Loaded{}, err
	}
	added, _, err := in.AddBuilt(ctx, &v1.ConfigFile{
		OS: o.Platform.OS, Architecture: o.Platform.Architecture, Variant: o.Platform.Variant,
		Created: v1.Time{Time: o.Created.UTC()}, Config: o.Config,
		RootFS:  v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{diffID}},
		History: []v1.History{{Created: v1.Time{Time: o.Created.UTC()}, Comment: o.Message}},
	}, []v1.Descriptor{packed}, o.Names...)
	if err != nil {
		return Loaded{}, err
	}
	_, err = in.Commit(ctx)
	return Loaded{Image: added, Names: added.Names, Lost: unpacked}, err
}
