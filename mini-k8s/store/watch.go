package store

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"

	bolt "go.etcd.io/bbolt"
)

// head is the revision of the last commit, and how to hear of the next.
type head struct {
	mutex    sync.Mutex
	revision Revision
	moved    chan struct{} // closed when revision is no longer the last
}

func (h *head) now() (Revision, <-chan struct{}) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return h.revision, h.moved
}

func (h *head) advance(revision Revision) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.moved != nil {
		close(h.moved)
	}
	h.revision, h.moved = revision, make(chan struct{})
}

// logStride is how many events a batch has at the most.
const logStride = 1000

// Watch reads the log at the pace of each. Nothing is kept for it elsewhere, so
// a slow reader costs nobody anything, until the log is compacted before it.
func (b *Bolt) Watch(ctx context.Context, prefix string, after Revision, each func(Batch) error) error {
	for {
		revision, moved := b.head.now()
		if revision > after {
			batch, err := b.history(prefix, after, min(revision, after+logStride))
			if err != nil {
				return fmt.Errorf("watching %s after revision %d: %w", prefix, after, err)
			}
			if err := each(batch); err != nil {
				return err
			}
			after = batch.Through
			continue
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		case <-b.closing:
			return ErrClosed
		}
	}
}

// history is what the log holds between two revisions.
func (b *Bolt) history(prefix string, after, through Revision) (Batch, error) {
	batch := Batch{Through: through}
	err := b.view(func(tx *bolt.Tx) error {
		if after < readRevision(tx, compactedKey) {
			return ErrCompacted
		}
		states, history := tx.Bucket(versions), tx.Bucket(log).Cursor()
		for at, key := history.Seek(numbered(after + 1)); at != nil && number(at) <= through; at, key = history.Next() {
			if strings.HasPrefix(string(key), prefix) {
				batch.Events = append(batch.Events, event(states, string(key), number(at)))
			}
		}
		return nil
	})
	return batch, err
}

// event tells what was done to a key at a revision.
func event(states *bolt.Bucket, key string, revision Revision) Event {
	record := states.Get(version(key, revision))
	if len(record) == 0 {
		return Event{Entry{Key: key, Modified: revision}, true}
	}
	return Event{Entry{key, bytes.Clone(record[8:]), number(record), revision}, false}
}
