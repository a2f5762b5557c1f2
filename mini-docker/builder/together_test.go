package builder

import (
	"sync"
	"testing"

	"drydock/mini-docker/image"
)

// Builds that go on at once, with one store and one cache, make what each alone makes:
// the same image of the same Dockerfile, and whole ones.
func TestBuildsAtOnceMakeWhatEachAloneMakes(t *testing.T) {
	p := newPlace(t, map[string]string{"a": "1", "b": "2"})
	const copies = 3
	texts := []string{"FROM scratch; COPY a /x; COPY b /y", "FROM scratch; COPY a /x; COPY a /y"}
	made := make([]*image.Image, copies*len(texts))
	errs := make([]error, len(made))
	var all sync.WaitGroup
	for i := range made {
		// Each with a record of its own: told is one build's.
		own := &place{engine: p.engine, dir: p.dir, dockerfile: p.dockerfile, later: p.later, told: &told{}}
		all.Go(func() { made[i], errs[i] = own.build(t, texts[i%len(texts)]) })
	}
	all.Wait()
	for i, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
		if alone := p.built(t, texts[i%len(texts)]); made[i].ID != alone.ID {
			t.Errorf("build %d made %s, alone it makes %s", i, made[i].ShortID(), alone.ShortID())
		}
		if p.told.cached != 2 {
			t.Errorf("afterwards %d of 2 steps are cached", p.told.cached)
		}
	}
	store, err := p.engine.Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if found, err := store.Verify(t.Context(), false); err != nil || len(found) > 0 {
		t.Errorf("the store has damage: %v, %v", found, err)
	}
}
