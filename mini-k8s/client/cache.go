package client

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

// Cache follows the objects of a kind: whoever reads it asks no server. What it
// returns is shared, so copy (DeepCopy) what you want to change.
//
// It is a little behind the server, but never behind itself: what is written
// through it is seen in it at once, before the watch tells of it. So one who has
// made a pod does not make it again for not having seen it yet.
type Cache[T any] struct {
	*Resource[T]
	selected Selector

	mutex    sync.Mutex
	watched  map[Key]*T // as the watch has told
	ahead    map[Key]*T // written by ourselves, and not yet told of
	through  uint64     // the watch has told everything up to this revision
	handlers []func(old, now *T)
	synced   chan struct{}
	sync     sync.Once
}

// Cached returns a cache of the selected objects of all namespaces. It fills
// once Run is called.
func Cached[T any](c *Client, selected Selector) *Cache[T] {
	return Of[T](c).Cached(selected)
}

// Cached returns a cache of the selected objects of all namespaces.
func (r *Resource[T]) Cached(selected Selector) *Cache[T] {
	return &Cache[T]{
		Resource: r, selected: selected,
		watched: map[Key]*T{}, ahead: map[Key]*T{}, synced: make(chan struct{}),
	}
}

// OnChange has changed called after each change that the watch tells of, one
// after the other: old is nil for a new object, now for one that is gone. It
// must not wait: put a key into a queue. Call OnChange before Run.
func (c *Cache[T]) OnChange(changed func(old, now *T)) { c.handlers = append(c.handlers, changed) }

// Synced returns when the cache has been filled, or ctx has ended.
func (c *Cache[T]) Synced(ctx context.Context) error {
	select {
	case <-c.synced:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Lookup returns an object; nil when there is none. (Get asks the server.)
func (c *Cache[T]) Lookup(key Key) *T {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.newest(key)
}

func (c *Cache[T]) newest(key Key) *T {
	if o := c.ahead[key]; o != nil {
		return o
	}
	return c.watched[key]
}

// Select returns the objects of a namespace, or of all when that is empty,
// whose labels match.
func (c *Cache[T]) Select(namespace string, by labels.Selector) []*T {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var found []*T
	take := func(key Key, o *T) {
		if (namespace == "" || namespace == key.Namespace) && by.Matches(labels.Set(meta(o).GetLabels())) {
			found = append(found, o)
		}
	}
	for key, o := range c.watched {
		if c.ahead[key] == nil {
			take(key, o)
		}
	}
	for key, o := range c.ahead {
		take(key, o)
	}
	return found
}

// All returns every object.
func (c *Cache[T]) All() []*T { return c.Select("", labels.Everything()) }

// Create makes an object, as Resource.Create does, and shows it from now on.
func (c *Cache[T]) Create(ctx context.Context, o *T) (*T, error) {
	return c.wrote(c.Resource.Create(ctx, o))
}

// Update writes an object and shows it so from now on.
func (c *Cache[T]) Update(ctx context.Context, o *T) (*T, error) {
	return c.wrote(c.Resource.Update(ctx, o))
}

// UpdateStatus writes the status of an object and shows it so from now on.
func (c *Cache[T]) UpdateStatus(ctx context.Context, o *T) (*T, error) {
	return c.wrote(c.Resource.UpdateStatus(ctx, o))
}

// Patch changes some fields of an object and shows it so from now on.
func (c *Cache[T]) Patch(ctx context.Context, namespace, name string, how types.PatchType, patch []byte, below ...string) (*T, error) {
	return c.wrote(c.Resource.Patch(ctx, namespace, name, how, patch, below...))
}

// Delete deletes an object, or begins to, and shows it as being deleted from now
// on.
func (c *Cache[T]) Delete(ctx context.Context, key Key, options ...metav1.DeleteOptions) error {
	left, err := c.delete(ctx, key, options)
	if err == nil && meta(left).GetDeletionTimestamp() == nil { // gone at once
		now := metav1.Now()
		meta(left).SetDeletionTimestamp(&now)
	}
	_, err = c.wrote(left, err)
	return err
}

// wrote keeps what has been written until the watch has come as far.
func (c *Cache[T]) wrote(o *T, err error) (*T, error) {
	if err != nil || meta(o).GetName() == "" {
		return o, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if key := KeyOf(meta(o)); version(o) > max(c.through, version(c.newest(key))) {
		c.ahead[key] = o
	}
	return o, nil
}

// How long a broken watch waits before it is begun again, at first and at most.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = 5 * time.Second
)

// Run keeps the cache until ctx ends. A watch that breaks goes on where it was;
// when the server no longer knows what came after that, it begins anew.
func (c *Cache[T]) Run(ctx context.Context) {
	var from string
	pause := firstPause
	for ctx.Err() == nil {
		before := from
		err := c.follow(ctx, &from)
		switch {
		case ctx.Err() != nil:
			return
		case IsExpired(err):
			from = ""
		case err == nil || from != before:
			pause = firstPause
		}
		if err != nil {
			slog.Warn("watch broke", "kind", c.Kind.Plural, "error", err, "again", pause)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, lastPause)
	}
}

// follow watches until the watch ends, and moves from on to how far it came.
func (c *Cache[T]) follow(ctx context.Context, from *string) error {
	var all map[Key]bool // in a watch that begins anew: what is there
	if *from == "" {
		all = map[Key]bool{}
	}
	for event, err := range c.Watch(ctx, "", c.selected, *from) {
		if err != nil {
			return err
		}
		switch {
		case event.IsInitialEnd():
			c.vanish(all)
			all = nil
			c.sync.Do(func() { close(c.synced) })
		case event.Type != watch.Bookmark:
			if all != nil {
				all[KeyOf(meta(event.Object))] = true
			}
			c.apply(event)
		}
		// The initial events come in no order: no place to go on from.
		if all == nil {
			*from = meta(event.Object).GetResourceVersion()
			c.reached(version(event.Object))
		}
	}
	return nil
}

// apply takes over an event of the watch and tells of it.
func (c *Cache[T]) apply(e Event[T]) {
	key := KeyOf(meta(e.Object))
	c.mutex.Lock()
	old, now := c.watched[key], e.Object
	switch {
	case e.Type == watch.Deleted:
		delete(c.watched, key)
		now = nil
	case old != nil && version(old) == version(now):
		now = old // an initial event of what is known
	default:
		c.watched[key] = now
	}
	if mine := c.ahead[key]; mine != nil && version(mine) <= version(e.Object) {
		delete(c.ahead, key)
	}
	c.mutex.Unlock()
	if old == now {
		return
	}
	if now == nil {
		old = e.Object // as it was last
	}
	for _, changed := range c.handlers {
		changed(old, now)
	}
}

// vanish takes out what was deleted while nobody watched.
func (c *Cache[T]) vanish(all map[Key]bool) {
	c.mutex.Lock()
	var gone []*T
	for key, o := range c.watched {
		if !all[key] {
			gone = append(gone, o)
		}
	}
	c.mutex.Unlock()
	for _, o := range gone {
		c.apply(Event[T]{watch.Deleted, o})
	}
}

// reached notes how far the watch has come: what we wrote before that, it has
// told.
func (c *Cache[T]) reached(through uint64) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.through = through
	for key, mine := range c.ahead {
		if version(mine) <= through {
			delete(c.ahead, key)
		}
	}
}

// version is the revision at which an object was written. To clients it is an
// opaque text, but since 1.35 Kubernetes promises that it is a number that
// grows.
func version[T any](o *T) uint64 {
	if o == nil {
		return 0
	}
	number, _ := strconv.ParseUint(meta(o).GetResourceVersion(), 10, 64) // empty: not written yet
	return number
}
