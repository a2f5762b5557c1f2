// Package storetest says what a store is, as a suite of tests that every one has
// to pass: the file of this machine and a cluster of etcd alike.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"drydock/mini-k8s/store"
)

// Patience is how long the suite waits for what must come, on a slow machine.
const Patience = time.Minute

// Run tests what open returns: a store whose keys below prefix nobody else uses.
func Run(t *testing.T, open func(t *testing.T) (s store.Store, prefix string)) {
	for name, test := range map[string]func(*testing.T, *world){
		"a key is written, read, replaced and deleted":         life,
		"only one of two who read the same may write":          swap,
		"writers who compete lose nothing":                     compete,
		"a list is by key, in pages, and true at one revision": pages,
		"a watch tells everything after a revision, in order":  watchOrder,
		"a watch sees what is written while it waits":          watchLive,
		"a watch of what is compacted says so":                 watchCompacted,
		"what is compacted is gone and the rest stays":         compaction,
		"a watch moves on when others are written":             watchProgress,
		"a run of random writes agrees with a plain model":     model,
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			s, prefix := open(t)
			ctx, cancel := context.WithTimeout(t.Context(), Patience)
			t.Cleanup(cancel)
			test(t, &world{s, prefix, ctx})
		})
	}
}

// world is a store under test.
type world struct {
	store.Store
	prefix string
	ctx    context.Context // of the test
}

// write makes a change that must succeed and returns its revision.
func (w *world) write(t *testing.T, name, value string, condition store.Revision) store.Revision {
	t.Helper()
	change := store.Change{Key: w.prefix + name, If: condition}
	if value != "" {
		change.Value = []byte(value)
	}
	entry, err := w.Write(w.ctx, change)
	if err != nil {
		t.Fatalf("writing %s: %v", name, err)
	}
	return entry.Modified
}

// names are the keys of a page without the prefix, with their values.
func (w *world) names(t *testing.T, r store.Range) (names []string, page store.Page) {
	t.Helper()
	page, err := w.List(w.ctx, w.prefix, r)
	if err != nil {
		t.Fatalf("listing: %v", err)
	}
	for _, entry := range page.Entries {
		names = append(names, strings.TrimPrefix(entry.Key, w.prefix)+"="+string(entry.Value))
	}
	return names, page
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

func refused(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("%s: got error %v, want %v", what, got, want)
	}
}

func life(t *testing.T, w *world) {
	_, err := w.Get(w.ctx, w.prefix+"a")
	refused(t, "reading what is not there", err, store.ErrNotFound)
	first := w.write(t, "a", "1", 0)
	second := w.write(t, "a", "2", first)
	if second <= first {
		t.Fatalf("revisions: got %d after %d", second, first)
	}
	entry, err := w.Get(w.ctx, w.prefix+"a")
	if err != nil || string(entry.Value) != "2" || entry.Created != first || entry.Modified != second {
		t.Fatalf("reading: got %+v, %v", entry, err)
	}
	last := w.write(t, "a", "", second)
	_, err = w.Get(w.ctx, w.prefix+"a")
	refused(t, "reading what was deleted", err, store.ErrNotFound)
	again := w.write(t, "a", "3", 0)
	if entry, err := w.Get(w.ctx, w.prefix+"a"); err != nil || entry.Created != again {
		t.Fatalf("made again: got %+v, %v, want it created at %d", entry, err, again)
	}
	if now, err := w.Revision(w.ctx); err != nil || now < again || again <= last {
		t.Fatalf("revision of the store: got %d, %v after %d", now, err, again)
	}
}

func swap(t *testing.T, w *world) {
	first := w.write(t, "a", "1", 0)
	entry, err := w.Write(w.ctx, store.Change{Key: w.prefix + "a", Value: []byte("x"), If: 0})
	refused(t, "making what is there", err, store.ErrConflict)
	if string(entry.Value) != "1" || entry.Modified != first {
		t.Fatalf("what stood in the way: got %+v", entry)
	}
	second := w.write(t, "a", "2", first)
	_, err = w.Write(w.ctx, store.Change{Key: w.prefix + "a", Value: []byte("x"), If: first})
	refused(t, "replacing what has changed", err, store.ErrConflict)
	_, err = w.Write(w.ctx, store.Change{Key: w.prefix + "a", If: first})
	refused(t, "deleting what has changed", err, store.ErrConflict)
	_, err = w.Write(w.ctx, store.Change{Key: w.prefix + "b", If: second})
	refused(t, "deleting what is not there", err, store.ErrConflict)
	names, _ := w.names(t, store.Range{})
	equal(t, "after the refusals", names, []string{"a=2"})
}

func compete(t *testing.T, w *world) {
	const writers, each = 8, 20
	w.write(t, "sum", "+", 0)
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for added := 0; added < each; {
				entry, err := w.Get(w.ctx, w.prefix+"sum")
				if err == nil {
					_, err = w.Write(w.ctx, store.Change{Key: entry.Key, Value: append(entry.Value, '+'), If: entry.Modified})
				}
				switch {
				case err == nil:
					added++
				case !errors.Is(err, store.ErrConflict):
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	entry, err := w.Get(w.ctx, w.prefix+"sum")
	if err != nil || len(entry.Value) != 1+writers*each {
		t.Fatalf("sum of %d writers: got %d, %v, want %d", writers, len(entry.Value), err, 1+writers*each)
	}
}

func pages(t *testing.T, w *world) {
	// Names that begin alike: a/b sorts before a0, and a is no prefix of its own.
	for _, name := range []string{"a0", "b", "a", "a/b", "c"} {
		w.write(t, name, name, 0)
	}
	all, page := w.names(t, store.Range{})
	equal(t, "all", all, []string{"a=a", "a/b=a/b", "a0=a0", "b=b", "c=c"})
	first, one := w.names(t, store.Range{Limit: 2})
	equal(t, "first page", first, []string{"a=a", "a/b=a/b"})
	if !one.More {
		t.Fatal("first page: got no more, want more")
	}
	w.write(t, "a00", "later", 0)
	w.write(t, "c", "changed", page.Entries[4].Modified)
	w.write(t, "b", "", page.Entries[3].Modified)
	rest, two := w.names(t, store.Range{After: w.prefix + "a/b", Limit: 3, At: one.At})
	equal(t, "second page", rest, []string{"a0=a0", "b=b", "c=c"})
	if two.More || two.At != one.At {
		t.Fatalf("second page: got more %v at %d, want none at %d", two.More, two.At, one.At)
	}
	now, _ := w.names(t, store.Range{})
	equal(t, "now", now, []string{"a=a", "a/b=a/b", "a0=a0", "a00=later", "c=changed"})
	_, err := w.List(w.ctx, w.prefix, store.Range{At: two.At + 1000000})
	refused(t, "listing what is to come", err, store.ErrFuture)
}

// collect watches until it has seen a number of events, and returns them as
// text.
func (w *world) collect(t *testing.T, after store.Revision, number int) []string {
	t.Helper()
	enough := errors.New("enough")
	var seen []string
	err := w.Watch(w.ctx, w.prefix, after, func(b store.Batch) error {
		for _, e := range b.Events {
			text := strings.TrimPrefix(e.Key, w.prefix) + "=" + string(e.Value)
			if e.Deleted {
				text = strings.TrimPrefix(e.Key, w.prefix) + " deleted"
			}
			seen = append(seen, text)
			if e.Modified <= after || e.Modified > b.Through {
				return fmt.Errorf("event at %d outside of its batch after %d through %d", e.Modified, after, b.Through)
			}
			after = e.Modified
		}
		if len(seen) >= number {
			return enough
		}
		return nil
	})
	refused(t, "watching", err, enough)
	return seen
}

func watchOrder(t *testing.T, w *world) {
	a := w.write(t, "a", "1", 0)
	b := w.write(t, "b", "1", 0)
	a = w.write(t, "a", "2", a)
	w.write(t, "b", "", b)
	w.write(t, "a", "", a)
	want := []string{"a=1", "b=1", "a=2", "b deleted", "a deleted"}
	equal(t, "from before the first", w.collect(t, b-2, 5), want)
	equal(t, "after the second", w.collect(t, b, 3), want[2:])
}
