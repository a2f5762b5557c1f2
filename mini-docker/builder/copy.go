package builder

import (
	"context"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"drydock/mini-docker/builder/dockerfile"
	"drydock/mini-docker/builder/transfer"
	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/layer"
	"drydock/mini-docker/layer/stack"
)

// copyStep copies files into the image: from the context, a stage or an image.
func (b *build) copyStep(ctx context.Context, s *stage, c *instructions.CopyCommand) error {
	from, err := b.source(ctx, s, c.From)
	if err != nil {
		return err
	}
	r := transfer.Request{From: from, Parents: c.Parents, Exclude: c.ExcludePatterns}
	return b.bring(ctx, s, r, bringing{"COPY", c.SourcesAndDest, c.Chown, c.Chmod, c.Link})
}

// addStep is a copyStep that unpacks archives, and fetches what has an address.
func (b *build) addStep(ctx context.Context, s *stage, c *instructions.AddCommand) error {
	r := transfer.Request{From: b.files.Source(), Exclude: c.ExcludePatterns, Unpack: c.Unpack == nil || *c.Unpack}
	what := bringing{"ADD", c.SourcesAndDest, c.Chown, c.Chmod, c.Link}
	what.SourcePaths = nil
	for _, each := range c.SourcePaths {
		if !dockerfile.IsURL(each) {
			what.SourcePaths = append(what.SourcePaths, each)
			continue
		}
		if c.Unpack != nil && *c.Unpack {
			return fmt.Errorf("ADD --unpack of %s is not supported: unpack it in a RUN", each)
		}
		fetched, err := b.fetch(ctx, each, c.Checksum)
		if err != nil {
			return err
		}
		r.Inline = append(r.Inline, fetched)
	}
	return b.bring(ctx, s, r, what)
}

// bringing is what COPY and ADD have in common.
type bringing struct {
	name string
	instructions.SourcesAndDest
	chown, chmod string
	link         bool
}

// text is the instruction as the history tells it.
func (c bringing) text(r transfer.Request) string {
	words := []string{c.name}
	if c.chown != "" {
		words = append(words, "--chown="+c.chown)
	}
	if c.chmod != "" {
		words = append(words, "--chmod="+c.chmod)
	}
	words = append(words, c.SourcePaths...)
	for _, each := range r.Inline {
		words = append(words, "<<"+each.Name)
	}
	return strings.Join(append(words, c.DestPath), " ")
}

// bring makes the layer of a COPY or an ADD. It is written without a container, as a
// tar archive. First its content is digested, which decides whether it is there
// already; only what is new is written.
func (b *build) bring(ctx context.Context, s *stage, r transfer.Request, c bringing) error {
	into, err := b.tree(s)
	if err != nil {
		return err
	}
	// With --chmod BuildKit links nothing: the mode is for directories that are made,
	// and would take the place of what those are like that the image has.
	c.link = c.link && c.chmod == ""
	if c.link {
		into = stack.New() // it stands on nothing, and looks into nothing
	}
	r.Into, r.Base, r.Paths, r.Dest, r.NotAfter = into, s.config.Config.WorkingDir, c.SourcePaths, c.DestPath, b.notAfter()
	for _, each := range c.SourceContents {
		data := each.Data
		if each.Expand {
			if data, err = b.plan.ExpandDocument(data, s.env()); err != nil {
				return err
			}
		}
		r.Inline = append(r.Inline, transfer.Inline{Name: lastName(each.Path), Data: []byte(data), Mode: 0o644})
	}
	if r.Owner, err = b.owner(s, c.chown); err != nil {
		return fmt.Errorf("--chown=%s: %w", c.chown, err)
	}
	if r.Mode, err = mode(c.chmod); err != nil {
		return err
	}
	job, err := transfer.New(r)
	if err != nil {
		return fmt.Errorf("%s failed: %w", c.name, err)
	}
	content, err := job.Digest(ctx)
	if err != nil {
		return err
	}
	k := b.key(s, c.text(r), part{partFiles, digest(content...)})
	k.files = content
	if c.link {
		k.without(partBelow)
	}
	return b.writeLayer(ctx, s, k, job.Write)
}

// mode reads --chmod.
func mode(text string) (*int64, error) {
	if text == "" {
		return nil, nil
	}
	bits, err := strconv.ParseInt(text, 8, 64)
	if err != nil || bits < 0 || bits > 0o7777 {
		return nil, fmt.Errorf("--chmod=%s: only octal numbers up to 07777 are supported", text)
	}
	return &bits, nil
}

// owner finds who is meant by USER:GROUP, in the image's own lists of users and groups.
func (b *build) owner(s *stage, wanted string) (*transfer.Owner, error) {
	if wanted == "" {
		return nil, nil
	}
	dirs, err := b.dirs(s)
	if err != nil {
		return nil, err
	}
	uid, gid, err := bundle.Owner(dirs, wanted)
	if err != nil {
		return nil, err
	}
	return &transfer.Owner{UID: int(uid), GID: int(gid)}, nil
}

// writeLayer adds a layer that write writes as a tar archive, unless one is
// remembered under the key.
func (b *build) writeLayer(ctx context.Context, s *stage, k *key, write func(context.Context, io.Writer) error) error {
	return b.once(k, func() (v1.Descriptor, layer.Result, error) {
		return b.in.AddWritten(ctx, func(w io.Writer) error { return write(ctx, w) })
	})
}

// source is where --from leads: to a stage, which has been waited for, to an image, or,
// without it, to the context.
func (b *build) source(ctx context.Context, s *stage, name string) (transfer.Source, error) {
	if name == "" {
		return b.files.Source(), nil
	}
	if i := b.plan.Find(name, s.index); i >= 0 {
		tree, err := b.tree(b.stages[i].stage)
		return transfer.Source{Files: tree, Name: "stage " + b.plan.Called(i), KeepOwners: true}, err
	}
	found, err := b.baseImage(ctx, name)
	if err != nil {
		return transfer.Source{}, fmt.Errorf("--from=%s: %w", name, err)
	}
	dirs, err := b.store.Layers(ctx, found)
	return transfer.Source{Files: stack.New(dirs...), Name: "image " + name, KeepOwners: true}, err
}

// makeWorkdir makes the directory of a WORKDIR where the image has none, and says
// whether it has. It belongs to whom USER names.
func (b *build) makeWorkdir(ctx context.Context, s *stage, dir string) (bool, error) {
	into, err := b.tree(s)
	if err != nil {
		return false, err
	}
	at, err := into.Resolve(dir)
	if err != nil {
		return false, err
	}
	if info, err := into.Lstat(at); err == nil || at == "." {
		if err == nil && !info.IsDir() {
			return false, fmt.Errorf("cannot be WORKDIR: %s is not a directory in the image", dir)
		}
		return false, nil
	}
	owner, err := b.owner(s, s.config.Config.User)
	if err != nil {
		return false, fmt.Errorf("WORKDIR belongs to USER %s: %w", s.config.Config.User, err)
	}
	job := transfer.Directory(into, at, owner)
	k := b.key(s, "WORKDIR "+path.Clean(dir), part{partUser, s.config.Config.User})
	return true, b.writeLayer(ctx, s, k, job.Write)
}
