package store

import (
	"bytes"
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// compactStride is how many revisions are forgotten in one transaction:
// writers wait no longer than that takes.
const compactStride = 1000

// Compact forgets what was replaced or deleted up to a revision. First the
// revision is marked as forgotten, so that no reader meets half a history.
func (b *Bolt) Compact(ctx context.Context, through Revision) error {
	if now, _ := b.head.now(); through > now {
		return fmt.Errorf("compacting through revision %d: %w", through, ErrFuture)
	}
	err := b.db.Update(func(tx *bolt.Tx) error {
		if through <= readRevision(tx, compactedKey) {
			return ErrCompacted
		}
		return writeRevision(tx, compactedKey, through)
	})
	for left := true; left && err == nil; {
		if err = ctx.Err(); err != nil {
			break
		}
		err = b.db.Update(func(tx *bolt.Tx) (err error) {
			left, err = forget(tx, through)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("compacting through revision %d: %w", through, err)
	}
	return nil
}

// forget takes a stride off the beginning of the log, and with each revision
// what its key was before. It reports whether there is more.
func forget(tx *bolt.Tx, through Revision) (left bool, err error) {
	states, history := tx.Bucket(versions), tx.Bucket(log)
	var done [][]byte
	cursor := history.Cursor()
	for at, key := cursor.First(); at != nil && number(at) <= through; at, key = cursor.Next() {
		if len(done) == compactStride {
			left = true
			break
		}
		if err := forgetBefore(states, string(key), number(at)); err != nil {
			return false, err
		}
		done = append(done, bytes.Clone(at))
	}
	for _, at := range done {
		if err := history.Delete(at); err != nil {
			return false, err
		}
	}
	return left, nil
}

// forgetBefore removes the versions of a key that ended at a revision, and the
// one that begins there when it says that the key was deleted.
func forgetBefore(states *bolt.Bucket, key string, revision Revision) error {
	var old [][]byte
	at := version(key, revision)
	cursor := states.Cursor()
	for found, record := cursor.Seek(version(key, 0)); found != nil && bytes.Compare(found, at) <= 0; found, record = cursor.Next() {
		if !bytes.Equal(found, at) || len(record) == 0 {
			old = append(old, bytes.Clone(found))
		}
	}
	for _, each := range old {
		if err := states.Delete(each); err != nil {
			return err
		}
	}
	return nil
}
