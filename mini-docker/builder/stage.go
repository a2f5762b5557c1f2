package builder

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"drydock/mini-docker/builder/dockerfile"
	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/image"
)

// stage is an image that is being built.
type stage struct {
	plan     *dockerfile.Stage
	index    int // of the plan
	config   *v1.ConfigFile
	layers   []v1.Descriptor // packed, the bottom one first
	args     map[string]string
	newest   time.Time // when the last of its layers was made
	hasCmd   bool      // the Dockerfile, not the base, says what CMD is
	number   int       // of its steps that were begun, with FROM
	position int       // of the step that is done
	told     Told      // of that step
	memory   memory
}

// stage builds a stage.
func (b *build) stage(ctx context.Context, index int) (*stage, error) {
	plan := b.plan.Stages[index]
	s := &stage{plan: plan, index: index, args: map[string]string{}, newest: time.Now()}
	if plan.From >= 0 {
		if err := b.await(ctx, plan.From); err != nil {
			return nil, err
		}
	}
	steps := plan.Steps
	err := b.tell(ctx, s, dockerfile.Step{Line: plan.Line, Text: plan.Text}, 1+len(steps), func() (err error) {
		if err = b.begin(ctx, s); err == nil {
			steps, err = b.triggered(s)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	s.memory = b.recall(plan, steps)
	for i, step := range steps {
		s.position = i
		if err := b.await(ctx, b.plan.Needs(index, step.Command)...); err != nil {
			return nil, err
		}
		if err := b.tell(ctx, s, step, 1+len(steps), func() error { return b.step(ctx, s, step) }); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// begin starts a stage from its base: a stage above, an image, or nothing.
func (b *build) begin(ctx context.Context, s *stage) error {
	switch plan := s.plan; {
	case plan.From >= 0:
		before := b.stages[plan.From].stage
		s.config, s.layers, s.newest = before.config.DeepCopy(), slices.Clone(before.layers), before.newest
	case plan.Base == dockerfile.Scratch:
		system, rest, _ := strings.Cut(plan.Platform, "/")
		architecture, variant, _ := strings.Cut(rest, "/")
		s.config = &v1.ConfigFile{
			OS: system, Architecture: architecture, Variant: variant,
			RootFS: v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{}}, Config: v1.Config{WorkingDir: "/"},
		}
		if b.options.Epoch == nil {
			s.newest = time.Unix(0, 0) // of an image without a layer
		}
	default:
		from, err := b.baseImage(ctx, plan.Base)
		if err != nil {
			return err
		}
		s.config, s.layers = from.Config.DeepCopy(), slices.Clone(from.Manifest.Layers)
		s.config.History = from.History()
		s.newest = from.Created
	}
	s.config.Author = ""
	setDefaultPath(&s.config.Config)
	return nil
}

// baseImage finds an image that a stage starts from, or that files are copied from.
func (b *build) baseImage(ctx context.Context, name string) (*image.Image, error) {
	b.pull.Lock()
	defer b.pull.Unlock()
	from, err := b.store.Get(name)
	if errors.Is(err, image.ErrNotFound) && b.options.Pull != nil {
		from, err = b.options.Pull(ctx, name, len(b.plan.Stages) == 1)
	}
	if err != nil {
		return nil, err
	}
	if err := from.CheckPlatform(name); err != nil {
		return nil, err
	}
	_, err = b.store.Layers(ctx, from) // unpacks what is not
	return from, err
}

// triggered are the steps of a stage, after those that its base asks for. An image
// asks once: who builds upon what is built now is not asked again.
func (b *build) triggered(s *stage) ([]dockerfile.Step, error) {
	triggers := s.config.Config.OnBuild
	s.config.Config.OnBuild = nil
	var steps []dockerfile.Step
	for _, text := range triggers {
		step, err := dockerfile.Trigger(text, s.plan.Base)
		if err == nil {
			err = b.link(s, step)
		}
		if err != nil {
			return nil, err
		}
		step.Line = s.plan.Line
		steps = append(steps, step)
	}
	return append(steps, s.plan.Steps...), nil
}

// step does one instruction.
func (b *build) step(ctx context.Context, s *stage, step dockerfile.Step) error {
	word := func(text string) (string, error) { return b.plan.Expand(text, s.env()) }
	if arg, isArg := step.Command.(*instructions.ArgCommand); isArg {
		return b.argStep(s, arg, word)
	}
	if err := expand(step.Command, word); err != nil {
		return err
	}
	switch c := step.Command.(type) {
	case *instructions.RunCommand:
		return b.runStep(ctx, s, c)
	case *instructions.CopyCommand:
		return b.copyStep(ctx, s, c)
	case *instructions.AddCommand:
		return b.addStep(ctx, s, c)
	case *instructions.WorkdirCommand:
		config := s.config.Config
		config.WorkingDir = workdir(&config, c.Path)
		made, err := b.makeWorkdir(ctx, s, config.WorkingDir)
		s.config.Config.WorkingDir = config.WorkingDir
		if err == nil && !made {
			s.noteEmpty("WORKDIR "+config.WorkingDir, b.created(s.newest))
		}
		return err
	case *instructions.MaintainerCommand:
		s.config.Author = c.Maintainer
	case *instructions.OnbuildCommand:
		if _, err := dockerfile.Trigger(c.Expression, "that is built"); err != nil {
			return err
		}
	}
	if err := configure(&s.config.Config, step.Command, &s.hasCmd); err != nil {
		return err
	}
	s.noteEmpty(step.Text, b.created(s.newest))
	return nil
}

// env is what variables mean in a stage: an ENV goes before an ARG of its name.
func (s *stage) env() []string {
	var env []string
	for _, key := range slices.Sorted(maps.Keys(s.args)) {
		env = append(env, key+"="+s.args[key])
	}
	return bundle.MergeEnv(env, s.config.Config.Env)
}

// argStep gives an argument its value: the caller's, the default, or the one it has
// before the first FROM.
func (b *build) argStep(s *stage, c *instructions.ArgCommand, expand instructions.SingleWordExpander) error {
	var told []string
	for _, arg := range c.Args {
		b.mutex.Lock()
		b.used[arg.Key] = true
		b.mutex.Unlock()
		value, given := b.options.Args[arg.Key]
		global, isGlobal := b.plan.Global[arg.Key]
		switch {
		case given:
		case arg.Value != nil:
			var err error
			if value, err = expand(*arg.Value); err != nil {
				return err
			}
		case isGlobal:
			value = global
		default:
			told = append(told, arg.Key)
			continue
		}
		s.args[arg.Key] = value
		told = append(told, arg.Key+"="+value)
	}
	s.noteEmpty("ARG "+strings.Join(told, " "), b.created(s.newest))
	return nil
}

// isPredefined says whether an argument reaches RUN without an ARG. What it holds,
// passwords of a proxy perhaps, neither is in the image nor decides what is cached
// (Dockerfile reference, Predefined ARGs).
func isPredefined(key string) bool {
	switch strings.ToUpper(key) {
	case "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY":
		return true
	}
	return false
}

// proxies are the predefined arguments that the caller gives.
func (b *build) proxies() []string {
	var env []string
	for _, key := range slices.Sorted(maps.Keys(b.options.Args)) {
		if isPredefined(key) {
			env = append(env, fmt.Sprintf("%s=%s", key, b.options.Args[key]))
		}
	}
	return env
}
