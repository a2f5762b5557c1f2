package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Bolt is a store in a file: a bbolt database, which one process at a time may
// hold open.
type Bolt struct {
	db    *bolt.DB
	head  head
	queue chan *write

	closing chan struct{} // closed when nothing more is taken
	once    sync.Once
	done    chan struct{} // closed when the writer has gone
}

var _ Store = (*Bolt)(nil)

// patience is how long Open waits for a process that is on its way out.
const patience = 2 * time.Second

// Open opens the store in a file, or makes it.
func Open(file string) (*Bolt, error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fmt.Errorf("opening store %s: %w", file, err)
	}
	db, err := bolt.Open(file, 0o600, &bolt.Options{
		Timeout:      patience,
		FreelistType: bolt.FreelistMapType,
		// The list of free pages can be found again by reading: not writing
		// it saves each commit some.
		NoFreelistSync: true,
		// Growing the map would wait for every reader.
		InitialMmapSize: 1 << 28,
	})
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, fmt.Errorf("opening store %s: another process has it open", file)
	}
	if err != nil {
		return nil, fmt.Errorf("opening store %s: %w", file, err)
	}
	revision, err := prepare(db)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening store %s: %w", file, err), db.Close())
	}
	b := &Bolt{db: db, queue: make(chan *write, batchSize), closing: make(chan struct{}), done: make(chan struct{})}
	b.head.advance(revision)
	go b.writer()
	return b, nil
}

// Close waits for the writes under way and releases the file.
func (b *Bolt) Close() error {
	b.once.Do(func() { close(b.closing) })
	<-b.done
	return b.db.Close()
}

// Revision is that of the last write.
func (b *Bolt) Revision(context.Context) (Revision, error) {
	revision, _ := b.head.now()
	return revision, nil
}

// Get returns a key's entry, or ErrNotFound.
func (b *Bolt) Get(_ context.Context, key string) (entry Entry, err error) {
	err = b.view(func(tx *bolt.Tx) error {
		entry = lookup(tx.Bucket(versions).Cursor(), key, latest)
		return nil
	})
	if err == nil && entry.Key == "" {
		err = fmt.Errorf("%s: %w", key, ErrNotFound)
	}
	return entry, err
}

// List returns the entries whose keys begin with prefix.
func (b *Bolt) List(_ context.Context, prefix string, r Range) (page Page, err error) {
	err = b.view(func(tx *bolt.Tx) error {
		page.At = readRevision(tx, revisionKey)
		switch {
		case r.At > page.At:
			return fmt.Errorf("listing at revision %d: %w", r.At, ErrFuture)
		case r.At != 0 && r.At < readRevision(tx, compactedKey):
			return fmt.Errorf("listing at revision %d: %w", r.At, ErrCompacted)
		case r.At != 0:
			page.At = r.At
		}
		page.collect(tx.Bucket(versions).Cursor(), prefix, r)
		return nil
	})
	return page, err
}

// collect walks over the keys with a prefix: from the version of one that was
// true at the revision to the first version of the next.
func (p *Page) collect(cursor *bolt.Cursor, prefix string, r Range) {
	start := []byte(prefix)
	if r.After >= prefix {
		start = behind(r.After)
	}
	for at, _ := cursor.Seek(start); bytes.HasPrefix(at, []byte(prefix)); {
		key, _ := splitVersion(at)
		if entry := lookup(cursor, key, p.At); entry.Key != "" {
			if r.Limit > 0 && len(p.Entries) == r.Limit {
				p.More = true
				return
			}
			p.Entries = append(p.Entries, entry)
		}
		at, _ = cursor.Seek(behind(key))
	}
}

// view reads in a transaction: it sees one revision, whatever is written
// meanwhile.
func (b *Bolt) view(read func(*bolt.Tx) error) error {
	err := b.db.View(read)
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return err
}
