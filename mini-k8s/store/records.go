package store

import (
	"bytes"
	"encoding/binary"
	"math"

	bolt "go.etcd.io/bbolt"
)

// The file has three buckets:
//
//	versions  key NUL revision  ->  created, value    what a key was from then on
//	log       revision          ->  key               what happened then
//	meta      a name            ->  revision
//
// Numbers are eight bytes, big-endian, so that they sort. A version without a
// record says that the key was deleted. The versions of a key stand side by
// side and keys in their own order, since nothing sorts before NUL.
var (
	versions = []byte("versions")
	log      = []byte("log")
	meta     = []byte("meta")

	revisionKey  = []byte("revision")
	compactedKey = []byte("compacted")
)

// latest is a revision behind all others.
const latest Revision = math.MaxInt64

// prepare makes the buckets of a new store and returns its revision.
func prepare(db *bolt.DB) (revision Revision, err error) {
	err = db.Update(func(tx *bolt.Tx) error {
		for _, bucket := range [][]byte{versions, log, meta} {
			if _, err := tx.CreateBucketIfNotExists(bucket); err != nil {
				return err
			}
		}
		if revision = readRevision(tx, revisionKey); revision == 0 {
			revision = 1
		}
		return writeRevision(tx, revisionKey, revision)
	})
	return revision, err
}

// lookup returns a key's entry as it was at a revision; without a key when it
// was not there. The cursor is left at the version it found.
func lookup(cursor *bolt.Cursor, key string, at Revision) Entry {
	bound := version(key, at)
	found, record := cursor.Seek(bound)
	if !bytes.Equal(found, bound) {
		if found == nil {
			found, record = cursor.Last()
		} else {
			found, record = cursor.Prev()
		}
	}
	if found == nil || len(record) == 0 {
		return Entry{}
	}
	of, modified := splitVersion(found)
	if of != key {
		return Entry{}
	}
	return Entry{Key: key, Value: bytes.Clone(record[8:]), Created: number(record), Modified: modified}
}

// version is where a key's state from a revision on stands.
func version(key string, revision Revision) []byte {
	at := append([]byte(key), 0)
	return binary.BigEndian.AppendUint64(at, uint64(revision))
}

func splitVersion(at []byte) (key string, revision Revision) {
	end := len(at) - 9
	return string(at[:end]), number(at[end+1:])
}

// behind sorts after every version of a key and before every later key.
func behind(key string) []byte { return append([]byte(key), 1) }

func number(b []byte) Revision { return Revision(binary.BigEndian.Uint64(b)) }

func numbered(revision Revision) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(revision))
}

func readRevision(tx *bolt.Tx, name []byte) Revision {
	if b := tx.Bucket(meta).Get(name); b != nil {
		return number(b)
	}
	return 0
}

func writeRevision(tx *bolt.Tx, name []byte, revision Revision) error {
	return tx.Bucket(meta).Put(name, numbered(revision))
}
