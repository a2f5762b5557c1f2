package builder

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/dirs"
	"drydock/mini-docker/image"
	"drydock/mini-docker/layer/stack"
)

// told remembers what a build tells.
type told struct {
	mutex       sync.Mutex
	cached      int
	why, warned []string
	ended       map[string]error // by the text of the step

	step   func(Step) // called when one begins, or nil
	output bytes.Buffer
}

func (t *told) Step(s Step) Told {
	if t.step != nil {
		t.step(s)
	}
	return &toldStep{t, s}
}

func (t *told) Warn(text string) { t.warned = append(t.warned, text) }

// toldStep remembers what is told of one step.
type toldStep struct {
	*told
	step Step
}

func (t *toldStep) Output() (stdout, stderr io.Writer) { return &t.output, &t.output }

func (t *toldStep) Judged(cached bool, why string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.why = append(t.why, why)
	if cached {
		t.cached++
	}
}

func (t *toldStep) Ended(err error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.ended == nil {
		t.ended = map[string]error{}
	}
	t.ended[t.step.Text] = err
}

// place is an engine and a context to build from.
type place struct {
	engine     *engine.Engine
	dir        string
	dockerfile string
	later      time.Time
	told       *told
}

func newPlace(t testing.TB, files map[string]string) *place {
	t.Helper()
	root := t.TempDir()
	e, err := engine.Open(dirs.Dirs{Root: root, RunDir: filepath.Join(root, "run")})
	if err != nil {
		t.Fatal(err)
	}
	p := &place{engine: e, dir: t.TempDir(), dockerfile: "Dockerfile", later: time.Now().Add(time.Hour), told: &told{}}
	for name, content := range files {
		path := filepath.Join(p.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// build builds a Dockerfile; lines are separated by semicolons.
func (p *place) build(t testing.TB, dockerfile string, change ...func(*Options)) (*image.Image, error) {
	t.Helper()
	epoch := time.Unix(1, 0)
	p.told = &told{step: p.told.step}
	o := Options{Context: p.dir, File: p.dockerfile, Text: []byte(strings.ReplaceAll(dockerfile, "; ", "\n")), Progress: p.told, Epoch: &epoch}
	for _, each := range change {
		each(&o)
	}
	return Build(t.Context(), p.engine, o)
}

func (p *place) built(t testing.TB, dockerfile string, change ...func(*Options)) *image.Image {
	t.Helper()
	made, err := p.build(t, dockerfile, change...)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// tree is what an image's files look like.
func (p *place) tree(t testing.TB, i *image.Image) *stack.Tree {
	t.Helper()
	store, err := p.engine.Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dirs, err := store.Layers(t.Context(), i)
	if err != nil {
		t.Fatal(err)
	}
	return stack.New(dirs...)
}
