// Package store keeps an orchestrator's objects: keys and bytes under one
// revision that every write raises by one, as etcd does.
//
// A key's value is written by compare-and-swap on the revision at which it was
// last changed, so that of two who read the same value only one may replace it.
// Whoever has read everything at some revision can watch from there and misses
// nothing, until Compact forgets the history up to a later revision.
//
// Open keeps it in one file of this machine; the package etcd below speaks to a
// cluster instead. Both are proven by the suite in storetest.
//
// It is not a place for rules: it knows neither objects nor kinds, only
// prefixes.
package store

import (
	"context"
	"errors"
)

// Revision counts the writes since the store was made. An empty store is at 1,
// as etcd's is, and 0 stands for "none".
type Revision int64

// Entry is a key with its value.
type Entry struct {
	Key      string
	Value    []byte
	Created  Revision // of the write that made the key
	Modified Revision // of the write that last changed it
}

// Change is one write.
type Change struct {
	Key   string
	Value []byte // nil deletes the key
	// If is the revision at which the key must have been modified last; 0
	// says that it must not be there.
	If Revision
}

// Range narrows a list.
type Range struct {
	After string   // only keys behind this one
	Limit int      // at most so many; 0 is all
	At    Revision // as they were at this revision; 0 is now
}

// Page is what a list found, in the order of the keys.
type Page struct {
	Entries []Entry
	More    bool     // keys are left behind the limit
	At      Revision // at which all this was true
}

// Event is a change that somebody made. Of one that deletes, Value is nil and
// Modified the revision of the deletion.
type Event struct {
	Entry
	Deleted bool
}

// Batch is what happened next, in order. It may be without events: then
// nothing that was asked for happened up to its revision.
type Batch struct {
	Events  []Event
	Through Revision // nothing up to here is missing
}

// Store is what a key-value store offers. Its methods may be called by any
// number of goroutines.
type Store interface {
	// Get returns a key's entry, or ErrNotFound.
	Get(ctx context.Context, key string) (Entry, error)
	// List returns the entries whose keys begin with prefix.
	List(ctx context.Context, prefix string, r Range) (Page, error)
	// Write makes a change and returns the entry as it then stands, once no
	// crash can lose it. On ErrConflict it is the entry that stood in the
	// way, without a key when there was none.
	Write(ctx context.Context, change Change) (Entry, error)
	// Watch hands over what happens to keys that begin with prefix after a
	// revision, batch by batch, until ctx ends or each returns an error,
	// which it then returns. ErrCompacted says that what comes next has been
	// forgotten: list, and watch from there.
	Watch(ctx context.Context, prefix string, after Revision, each func(Batch) error) error
	// Revision is that of the last write.
	Revision(ctx context.Context) (Revision, error)
	// Compact forgets what was replaced or deleted up to a revision.
	Compact(ctx context.Context, through Revision) error
}

var (
	// ErrNotFound is the answer for a key that is not there.
	ErrNotFound = errors.New("key not found")
	// ErrConflict is the answer to a write whose If does not hold.
	ErrConflict = errors.New("the key has been changed by another")
	// ErrCompacted is the answer for a revision that has been forgotten.
	ErrCompacted = errors.New("the revision has been compacted")
	// ErrFuture is the answer for a revision that has not happened yet.
	ErrFuture = errors.New("the revision is in the future")
	// ErrClosed is the answer of a store that has been closed.
	ErrClosed = errors.New("the store is closed")
)
