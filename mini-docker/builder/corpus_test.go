package builder

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"drydock/mini-docker/builder/corpus"
)

var update = flag.Bool("update", false, "write what the corpus builds into its files")

// Each shape builds the files and the configuration that stand in it, twice the same.
// Those that start containers are built by testscripts/peers.
func TestTheCorpusBuildsWhatItShould(t *testing.T) {
	shapes, err := corpus.Shapes()
	if err != nil {
		t.Fatal(err)
	}
	if len(shapes) < 20 {
		t.Fatalf("%d shapes", len(shapes))
	}
	for _, shape := range shapes {
		if shape.Run {
			continue
		}
		t.Run(shape.Name, func(t *testing.T) {
			p := newPlace(t, nil)
			if err := shape.Write(p.dir); err != nil {
				t.Fatal(err)
			}
			p.dockerfile = filepath.Join(p.dir, "Dockerfile")
			made := p.built(t, shape.File("Dockerfile"))
			var packed bytes.Buffer
			if err := Archive(t.Context(), p.engine, made, &packed); err != nil {
				t.Fatal(err)
			}
			lines, err := corpus.Listing(&packed)
			if err != nil {
				t.Fatal(err)
			}
			config, err := json.Marshal(made.Config.Config)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(append(lines, string(config), "author "+made.Config.Author, ""), "\n")
			if *update {
				rewrite(t, shape, got)
			} else if want := ownedHere(shape.File(corpus.Want)); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			other := newPlace(t, nil)
			other.dir, other.dockerfile = p.dir, p.dockerfile
			if again := other.built(t, shape.File("Dockerfile")); again.ID != made.ID {
				t.Errorf("in another store it is %s, and not %s", again.ID, made.ID)
			}
		})
	}
}

var owner = regexp.MustCompile(`(?m)^(/.* [0-7]{4}) \d+:\d+ `)

// ownedHere is the listing as it is where this user builds: who has one id alone has
// no other to give files to, which `build` warns of.
func ownedHere(want string) string {
	if os.Geteuid() == 0 {
		return want
	}
	return owner.ReplaceAllString(want, "$1 0:0 ")
}

func rewrite(t *testing.T, shape corpus.Shape, want string) {
	t.Helper()
	var kept []txtar.File
	for _, each := range shape.Archive.Files {
		if each.Name != corpus.Want {
			kept = append(kept, each)
		}
	}
	shape.Archive.Files = append(kept, txtar.File{Name: corpus.Want, Data: []byte(want)})
	if err := os.WriteFile(filepath.Join("corpus/shapes", shape.Name+".txtar"), txtar.Format(shape.Archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Who changes a file is told that it is the reason.
func TestAStepThatIsDoneAgainSaysWhy(t *testing.T) {
	p := newPlace(t, map[string]string{"a": "1", "d/b": "2"})
	const dockerfile = "FROM scratch; COPY . /; WORKDIR /w"
	p.built(t, dockerfile)
	p.wants(t, "it was not built here before", "it was not built here before")
	p.built(t, dockerfile)
	p.wants(t, "nothing that it depends on has changed since", "nothing that it depends on has changed since")
	if err := os.WriteFile(filepath.Join(p.dir, "d/b"), []byte("3"), 0o644); err != nil {
		t.Fatal(err)
	}
	p.built(t, dockerfile)
	p.wants(t, "d/b has changed", "a step before it made another layer")
	p.built(t, "FROM scratch; COPY ./ /; WORKDIR /w")
	p.wants(t, `the instruction was "COPY . /"`, "nothing that")
	p.built(t, dockerfile, func(o *Options) { o.NoCache = true })
	p.wants(t, "--no-cache was given", "--no-cache was given")
}

func (p *place) wants(t *testing.T, why ...string) {
	t.Helper()
	if len(p.told.why) != len(why) {
		t.Fatalf("told %q, want %q", p.told.why, why)
	}
	for i, each := range why {
		if !strings.HasPrefix(p.told.why[i], each) {
			t.Errorf("told %q, want %q", p.told.why[i], each)
		}
	}
}

// With SOURCE_DATE_EPOCH no time of this machine is in an image.
func TestAnImageOfAnEpochHasNoLaterTime(t *testing.T) {
	var ids []string
	for range 2 {
		p := newPlace(t, map[string]string{"a": "1"}) // a new file each time
		ids = append(ids, p.built(t, "FROM scratch; COPY a /").ID.Hex)
		if err := os.Chtimes(filepath.Join(p.dir, "a"), p.later, p.later); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, p.built(t, "FROM scratch; COPY a /", func(o *Options) { o.NoCache = true }).ID.Hex)
	}
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("the same context made %q", ids)
		}
	}
}
