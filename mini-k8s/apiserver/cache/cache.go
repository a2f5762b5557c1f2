// Package cache keeps the objects of one kind in memory, ordered by key, and
// what happened to them lately, ordered by revision. It is fed by one watch of
// the store, so that a thousand clients that list and watch cost the store
// nothing.
//
// A reader says how fresh its answer must be and waits until the cache is. A
// watcher holds no queue here: it asks for what came after its place in the
// history, and one that is so slow that its place is gone gets ErrExpired and
// has to list again. Objects are shared: whoever reads them must not change
// them.
package cache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/store"

	"k8s.io/apimachinery/pkg/watch"
)

// ErrExpired is the answer for a place in the history that is gone.
var ErrExpired = errors.New("too old resource version")

// How much history is kept: what is younger than historyAge, between these
// numbers of events.
const (
	historyAge   = 75 * time.Second // a client's request times out after 60
	historyLeast = 256
	historyMost  = 16384
)

// Item is an object under its key.
type Item struct {
	Key    string
	Object *api.Object
}

// Event is what happened to an object. A deleted one is shown as it was last,
// with the revision of its deletion.
type Event struct {
	Type     watch.EventType
	Key      string
	Object   *api.Object
	Previous *api.Object // nil when it was added
	Revision store.Revision
	// Text is Object as JSON, which is made once for all who watch.
	Text func() ([]byte, error)
	seen time.Time
}

// Cache is the objects of one kind.
type Cache struct {
	kind  *api.Kind
	store store.Store

	mutex   sync.Mutex
	items   []Item // by key
	history []Event
	since   store.Revision // the history is whole after this
	through store.Revision // all this is true at; 0 before the first list
	moved   chan struct{}  // closed when through moves
}

// New returns an empty cache. It answers once Run has filled it.
func New(kind *api.Kind, s store.Store) *Cache {
	return &Cache{kind: kind, store: s, moved: make(chan struct{})}
}

// Run keeps the cache until ctx ends or the store fails.
func (c *Cache) Run(ctx context.Context) error {
	for {
		page, err := c.store.List(ctx, c.kind.Prefix(), store.Range{})
		if err != nil {
			return err
		}
		if err := c.fill(page); err != nil {
			return err
		}
		err = c.store.Watch(ctx, c.kind.Prefix(), page.At, c.take)
		if !errors.Is(err, store.ErrCompacted) {
			return err
		}
	}
}

// fill starts anew from a list.
func (c *Cache) fill(page store.Page) error {
	items := make([]Item, len(page.Entries))
	for i, entry := range page.Entries {
		o, err := Decode(entry)
		if err != nil {
			return err
		}
		items[i] = Item{entry.Key, o}
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.items, c.history, c.since = items, nil, page.At
	c.advance(page.At)
	return nil
}

// take adds what the store's watch brings.
func (c *Cache) take(batch store.Batch) error {
	objects := make([]*api.Object, len(batch.Events))
	for i, each := range batch.Events {
		if each.Deleted {
			continue
		}
		o, err := Decode(each.Entry)
		if err != nil {
			return err
		}
		objects[i] = o
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	now := time.Now()
	for i, each := range batch.Events {
		e := c.apply(each, objects[i])
		e.seen = now
		c.history = append(c.history, e)
	}
	c.forget(now)
	c.advance(batch.Through)
	return nil
}

// apply makes one change and returns it as an event.
func (c *Cache) apply(change store.Event, o *api.Object) Event {
	at, found := c.find(change.Key)
	e := Event{Type: watch.Modified, Key: change.Key, Object: o, Revision: change.Modified}
	if found {
		e.Previous = c.items[at].Object
	}
	switch {
	case change.Deleted && found:
		e.Type, e.Object = watch.Deleted, e.Previous.DeepCopy()
		e.Object.SetResourceVersion(fmt.Sprint(change.Modified))
		c.items = slices.Delete(c.items, at, at+1)
	case found:
		c.items[at].Object = o
	default:
		e.Type = watch.Added
		c.items = slices.Insert(c.items, at, Item{change.Key, o})
	}
	e.Text = sync.OnceValues(func() ([]byte, error) { return json.Marshal(e.Object.Object) })
	return e
}

// forget drops what is old from the history.
func (c *Cache) forget(now time.Time) {
	drop := max(0, len(c.history)-historyMost)
	for drop < len(c.history)-historyLeast && now.Sub(c.history[drop].seen) > historyAge {
		drop++
	}
	if drop > 0 {
		c.since = c.history[drop-1].Revision
		c.history = slices.Delete(c.history, 0, drop)
	}
}

func (c *Cache) advance(through store.Revision) {
	c.through = through
	close(c.moved)
	c.moved = make(chan struct{})
}

// find returns where a key stands or would.
func (c *Cache) find(key string) (int, bool) {
	return slices.BinarySearchFunc(c.items, key, func(i Item, key string) int { return strings.Compare(i.Key, key) })
}
