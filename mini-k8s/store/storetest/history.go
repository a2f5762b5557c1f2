package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"drydock/mini-k8s/store"
)

func watchLive(t *testing.T, w *world) {
	start := w.write(t, "a", "1", 0)
	seen := make(chan []string, 1)
	go func() { seen <- w.collect(t, start, 20) }()
	var want []string
	revision := start
	for i := range 20 {
		value := fmt.Sprint(i)
		revision = w.write(t, "a", value, revision)
		want = append(want, "a="+value)
	}
	equal(t, "while it was written", <-seen, want)
}

func watchProgress(t *testing.T, w *world) {
	start := w.write(t, "a", "1", 0)
	done := errors.New("done")
	other := w.write(t, "other", "1", 0)
	err := w.Watch(w.ctx, w.prefix+"a", start, func(b store.Batch) error {
		if len(b.Events) > 0 {
			return fmt.Errorf("got events %v of another key", b.Events)
		}
		if b.Through >= other {
			return done
		}
		return nil
	})
	refused(t, "waiting for what others write", err, done)
}

func watchCompacted(t *testing.T, w *world) {
	first := w.write(t, "a", "1", 0)
	second := w.write(t, "a", "2", first)
	third := w.write(t, "a", "3", second)
	w.write(t, "a", "4", third)
	if err := w.Compact(w.ctx, third); err != nil {
		t.Fatal(err)
	}
	err := w.Watch(w.ctx, w.prefix, first, func(b store.Batch) error { return fmt.Errorf("got %v", b) })
	refused(t, "watching from before", err, store.ErrCompacted)
	equal(t, "after the compaction", w.collect(t, third, 1), []string{"a=4"})
}

func compaction(t *testing.T, w *world) {
	first := w.write(t, "a", "1", 0)
	second := w.write(t, "a", "2", first)
	gone := w.write(t, "gone", "1", 0)
	w.write(t, "gone", "", gone)
	last := w.write(t, "b", "1", 0)
	if err := w.Compact(w.ctx, last); err != nil {
		t.Fatal(err)
	}
	names, _ := w.names(t, store.Range{})
	equal(t, "after the compaction", names, []string{"a=2", "b=1"})
	_, err := w.List(w.ctx, w.prefix, store.Range{At: second})
	refused(t, "listing what is forgotten", err, store.ErrCompacted)
	refused(t, "compacting again", w.Compact(w.ctx, second), store.ErrCompacted)
	refused(t, "compacting what is to come", w.Compact(w.ctx, last+1000000), store.ErrFuture)
	third := w.write(t, "a", "3", second)
	w.write(t, "b", "2", last)
	if err := w.Compact(w.ctx, third); err != nil {
		t.Fatal(err)
	}
	names, _ = w.names(t, store.Range{})
	equal(t, "after the second compaction", names, []string{"a=3", "b=2"})
}

// plain is a store that is a list of all that was ever written.
type plain struct {
	history []store.Event
}

// at returns what there was at a revision, as names.
func (p *plain) at(revision store.Revision, prefix string) []string {
	values := map[string]string{}
	for _, e := range p.history {
		switch {
		case e.Modified > revision:
		case e.Deleted:
			delete(values, e.Key)
		default:
			values[e.Key] = string(e.Value)
		}
	}
	var names []string
	for key, value := range values {
		names = append(names, strings.TrimPrefix(key, prefix)+"="+value)
	}
	slices.SortFunc(names, func(a, b string) int {
		a, _, _ = strings.Cut(a, "=")
		b, _, _ = strings.Cut(b, "=")
		return strings.Compare(a, b)
	})
	return names
}

// model makes random writes and looks, time and again, whether the store says of
// now and of before what a plain list says.
func model(t *testing.T, w *world) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	keys := []string{"a", "a/b", "a/c", "ab", "b", "b/"}
	known := map[string]store.Revision{}
	var p plain
	compacted := store.Revision(0)
	begin, err := w.Revision(w.ctx)
	if err != nil {
		t.Fatal(err)
	}
	for step := range 400 {
		key := w.prefix + keys[random.IntN(len(keys))]
		change := store.Change{Key: key, Value: fmt.Append(nil, step), If: known[key]}
		if random.IntN(3) == 0 {
			change.Value = nil
		}
		isLate := random.IntN(5) == 0
		if isLate {
			change.If++
		}
		entry, err := w.Write(w.ctx, change)
		if wantConflict := isLate || change.Value == nil && change.If == 0; wantConflict {
			refused(t, fmt.Sprintf("step %d, %+v", step, change), err, store.ErrConflict)
			continue
		}
		if err != nil {
			t.Fatalf("step %d, %+v: %v", step, change, err)
		}
		p.history = append(p.history, store.Event{Entry: entry, Deleted: change.Value == nil})
		if known[key] = entry.Modified; change.Value == nil {
			delete(known, key)
		}
		past := p.history[random.IntN(len(p.history))].Modified
		if past < compacted {
			continue
		}
		names, _ := w.names(t, store.Range{At: past})
		equal(t, fmt.Sprintf("step %d, at revision %d", step, past), names, p.at(past, w.prefix))
		if random.IntN(40) == 0 && past > compacted {
			if err := w.Compact(w.ctx, past); err != nil {
				t.Fatal(err)
			}
			compacted = past
		}
	}
	p.watched(t, w, max(begin, compacted))
}

// watched holds what a watch tells against the list.
func (p *plain) watched(t *testing.T, w *world, after store.Revision) {
	var want []string
	for _, e := range p.history {
		if name := strings.TrimPrefix(e.Key, w.prefix); e.Modified > after && e.Deleted {
			want = append(want, name+" deleted")
		} else if e.Modified > after {
			want = append(want, name+"="+string(e.Value))
		}
	}
	if len(want) > 0 {
		equal(t, fmt.Sprintf("watched after %d", after), w.collect(t, after, len(want)), want)
	}
}
