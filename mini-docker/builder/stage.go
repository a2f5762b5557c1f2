package builder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"drydock/mini-docker/image"
)

// stage is an image that is being built.
type stage struct {
	name   string
	config *v1.ConfigFile
	layers []v1.Descriptor // packed, the bottom one first
	args   map[string]string
	newest time.Time // when the last of its layers was made
	hasCmd bool      // the Dockerfile, not the base, says what CMD is
}

// scratch is the base that is nothing.
const scratch = "scratch"

// begin starts a stage from its base: a stage before, an image, or nothing.
func (b *build) begin(ctx context.Context, wanted *wantedStage) (*stage, error) {
	b.done++
	b.options.Progress.Step(b.done, b.steps, wanted.text)
	if before := b.stage(wanted.base); before != nil {
		s := *before
		s.name, s.args, s.hasCmd = wanted.name, map[string]string{}, false
		s.config = before.config.DeepCopy()
		s.layers = slices.Clone(before.layers)
		return &s, nil
	}
	s := &stage{name: wanted.name, args: map[string]string{}, newest: time.Now()}
	if wanted.base == scratch {
		own := image.ThisMachine()
		s.config = &v1.ConfigFile{OS: own.OS, Architecture: own.Architecture, RootFS: v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{}}}
		if b.options.Epoch == nil {
			s.newest = time.Unix(0, 0) // of an image without a layer
		}
		return s, nil
	}
	from, err := b.baseImage(ctx, wanted.base)
	if err != nil {
		return nil, err
	}
	s.config, s.layers = from.Config.DeepCopy(), slices.Clone(from.Manifest.Layers)
	s.config.History = from.History()
	s.newest = from.Created
	return s, nil
}

// baseImage finds an image that a stage starts from, or that files are copied from.
func (b *build) baseImage(ctx context.Context, name string) (*image.Image, error) {
	from, err := b.store.Get(name)
	if errors.Is(err, image.ErrNotFound) && b.options.Pull != nil {
		from, err = b.options.Pull(ctx, name)
	}
	if err != nil {
		return nil, err
	}
	if err := from.CheckPlatform(name); err != nil {
		return nil, err
	}
	if len(from.Config.Config.OnBuild) > 0 {
		return nil, fmt.Errorf("image %s asks for further instructions when it is built upon (ONBUILD), which is not supported", name)
	}
	_, err = b.store.Layers(ctx, from) // unpacks what is not
	return from, err
}

// stage finds a stage that is built, by name or number.
func (b *build) stage(name string) *stage {
	for i, each := range b.stages {
		if each.name != "" && strings.EqualFold(each.name, name) || strconv.Itoa(i) == name {
			return each
		}
	}
	return nil
}

// step does one instruction.
func (b *build) step(ctx context.Context, s *stage, step step, files *contextFiles) error {
	if expanding, ok := step.command.(instructions.SupportsSingleWordExpansion); ok {
		if _, isRun := step.command.(*instructions.RunCommand); !isRun { // the shell will
			if err := expanding.Expand(s.expand); err != nil {
				return err
			}
		}
	}
	switch c := step.command.(type) {
	case *instructions.RunCommand:
		return b.runStep(ctx, s, c)
	case *instructions.CopyCommand:
		return b.copyStep(ctx, s, c, files)
	case *instructions.ArgCommand:
		return b.argStep(s, c)
	case *instructions.WorkdirCommand:
		if err := b.makeWorkdir(ctx, s, c.Path); err != nil {
			return err
		}
	}
	if err := configure(&s.config.Config, step.command, &s.hasCmd); err != nil {
		return err
	}
	s.noteEmpty(step.text, b.created(s.newest))
	return nil
}

// expand replaces variables in a word: an ENV goes before an ARG of its name.
func (s *stage) expand(word string) (string, error) {
	var env []string
	for _, key := range slices.Sorted(maps.Keys(s.args)) {
		env = append(env, key+"="+s.args[key])
	}
	expanded, _, err := shell.NewLex('\\').ProcessWord(word, shell.EnvsFromSlice(append(env, s.config.Config.Env...)))
	return expanded, err
}

// argStep gives an argument its value: the caller's, or the default.
func (b *build) argStep(s *stage, c *instructions.ArgCommand) error {
	for _, arg := range c.Args {
		value, given := b.options.Args[arg.Key]
		switch {
		case given:
		case arg.Value != nil:
			value = *arg.Value
		default:
			continue
		}
		s.args[arg.Key] = value
	}
	s.noteEmpty("ARG "+c.Args[0].String(), b.created(s.newest))
	return nil
}

// key names a step by all that it depends on: the layers it stands on, and what
// the instruction says once its variables are replaced.
func (s *stage) key(depends ...string) string {
	var on []string
	for _, id := range s.config.RootFS.DiffIDs {
		on = append(on, id.Hex)
	}
	return digest(digest(on...), digest(depends...))
}

// digest is one text for several.
func digest(parts ...string) string {
	sum := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(sum.Sum(nil))
}
