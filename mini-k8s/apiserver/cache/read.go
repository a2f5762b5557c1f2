package cache

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/store"

	"k8s.io/apimachinery/pkg/util/json"
)

// freshness is how long a reader waits for the cache to catch up.
const freshness = 3 * time.Second

// Ready reports whether the cache has been filled.
func (c *Cache) Ready() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.through != 0
}

// Through is the revision up to which the cache knows everything.
func (c *Cache) Through() store.Revision {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.through
}

// List returns what stands under a prefix, by key, at least as fresh as a
// revision, and at which revision it is so.
func (c *Cache) List(ctx context.Context, prefix string, atLeast store.Revision) ([]Item, store.Revision, error) {
	if err := c.wait(ctx, max(atLeast, 1)); err != nil {
		return nil, 0, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	from, _ := c.find(prefix)
	rest := c.items[from:]
	end := sort.Search(len(rest), func(i int) bool { return !strings.HasPrefix(rest[i].Key, prefix) })
	return slices.Clone(rest[:end]), c.through, nil
}

// TooNewError is the answer for a revision that has not come in time.
type TooNewError struct{ Asked, Current store.Revision }

func (e *TooNewError) Error() string {
	return fmt.Sprintf("Too large resource version: %d, current: %d", e.Asked, e.Current)
}

// wait returns when the cache has come to a revision.
func (c *Cache) wait(ctx context.Context, revision store.Revision) error {
	timeout := time.NewTimer(freshness)
	defer timeout.Stop()
	for {
		c.mutex.Lock()
		through, moved := c.through, c.moved
		c.mutex.Unlock()
		if through >= revision {
			return nil
		}
		select {
		case <-moved:
		case <-timeout.C:
			return &TooNewError{revision, through}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// After returns what happened after a revision, in order, and up to where that
// is everything. It waits until something has, and returns without events when
// ctx ends first.
func (c *Cache) After(ctx context.Context, revision store.Revision) ([]Event, store.Revision, error) {
	for {
		c.mutex.Lock()
		since, through, moved := c.since, c.through, c.moved
		first := sort.Search(len(c.history), func(i int) bool { return c.history[i].Revision > revision })
		events := slices.Clone(c.history[first:])
		c.mutex.Unlock()
		switch {
		case through != 0 && revision < since:
			return nil, through, fmt.Errorf("%w: %d (%d)", ErrExpired, revision, since+1)
		case len(events) > 0:
			return events, through, nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return nil, max(revision, through), nil
		}
	}
}

// Decode reads an object as it stands in the store. Its resourceVersion is not
// in the bytes: it is the revision of the write.
func Decode(entry store.Entry) (*api.Object, error) {
	o := &api.Object{}
	if err := json.Unmarshal(entry.Value, &o.Object); err != nil {
		return nil, fmt.Errorf("reading %s from the store: %w", entry.Key, err)
	}
	if o.Object == nil {
		return nil, fmt.Errorf("reading %s from the store: not an object", entry.Key)
	}
	o.SetResourceVersion(fmt.Sprint(entry.Modified))
	return o, nil
}
