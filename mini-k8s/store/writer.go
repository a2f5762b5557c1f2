package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// Limits of one write. Kubernetes lets a request be 3 MiB; etcd takes 1.5.
const (
	maxKey   = 1 << 10
	maxValue = 4 << 20
)

// batchSize is how many writes may share a commit.
const batchSize = 256

// write is a change on its way through the writer.
type write struct {
	change Change
	entry  Entry
	err    error
	done   chan struct{} // closed when entry and err are settled
}

// Write makes a change. It is not called off any more when ctx ends after it
// was queued: whoever asked will know what became of it.
func (b *Bolt) Write(ctx context.Context, change Change) (Entry, error) {
	switch {
	case change.Key == "" || len(change.Key) > maxKey || strings.ContainsRune(change.Key, 0):
		return Entry{}, fmt.Errorf("writing key %.40q: keys have 1 to %d bytes, none of them NUL", change.Key, maxKey)
	case len(change.Value) > maxValue:
		return Entry{}, fmt.Errorf("writing %s: value of %d bytes is over %d", change.Key, len(change.Value), maxValue)
	}
	w := &write{change: change, done: make(chan struct{})}
	select {
	case b.queue <- w:
	case <-ctx.Done():
		return Entry{}, ctx.Err()
	case <-b.closing:
		return Entry{}, ErrClosed
	}
	select {
	case <-w.done:
	case <-b.done:
		// The writer has gone; it may have settled this one before.
		select {
		case <-w.done:
		default:
			return Entry{}, ErrClosed
		}
	}
	if w.err != nil {
		return w.entry, fmt.Errorf("writing %s: %w", change.Key, w.err)
	}
	return w.entry, nil
}

// writer commits what is queued until the store is closed. There is one, so
// that revisions, the order of commits and the order of events are the same.
func (b *Bolt) writer() {
	defer close(b.done)
	for {
		select {
		case first := <-b.queue:
			b.commit(b.gather(first))
		case <-b.closing:
			return
		}
	}
}

// gather takes what has been queued while the last commit was under way: the
// slower the disk, the more writes share its next turn.
func (b *Bolt) gather(first *write) []*write {
	batch := []*write{first}
	for len(batch) < batchSize {
		select {
		case w := <-b.queue:
			batch = append(batch, w)
		default:
			return batch
		}
	}
	return batch
}

// errNothing ends a transaction that changed nothing, without a commit.
var errNothing = errors.New("nothing to commit")

// commit makes the changes of a batch in one transaction. Only when the disk
// has it (bbolt's Update ends with fdatasync(2)) is anything acknowledged or
// shown to watchers.
func (b *Bolt) commit(batch []*write) {
	before, _ := b.head.now()
	revision := before
	err := b.db.Update(func(tx *bolt.Tx) error {
		for _, w := range batch {
			w.entry, w.err = w.apply(tx, revision+1)
			switch {
			case w.err == nil:
				revision++
			case !errors.Is(w.err, ErrConflict):
				return w.err
			}
		}
		if revision == before {
			return errNothing
		}
		return writeRevision(tx, revisionKey, revision)
	})
	if err == nil {
		b.head.advance(revision)
	}
	for _, w := range batch {
		if err != nil && !errors.Is(err, errNothing) {
			w.entry, w.err = Entry{}, err
		}
		close(w.done)
	}
}

// apply makes one change at a revision, if its condition holds.
func (w *write) apply(tx *bolt.Tx, revision Revision) (Entry, error) {
	bucket := tx.Bucket(versions)
	current := lookup(bucket.Cursor(), w.change.Key, latest)
	if current.Modified != w.change.If || w.change.Value == nil && w.change.If == 0 {
		return current, ErrConflict
	}
	next := Entry{Key: w.change.Key, Value: w.change.Value, Created: current.Created, Modified: revision}
	if current.Key == "" {
		next.Created = revision
	}
	var record []byte // none: the key is deleted
	if next.Value != nil {
		record = append(numbered(next.Created), next.Value...)
	}
	if err := bucket.Put(version(next.Key, revision), record); err != nil {
		return Entry{}, err
	}
	return next, tx.Bucket(log).Put(numbered(revision), []byte(next.Key))
}
