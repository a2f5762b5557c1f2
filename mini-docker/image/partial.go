package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sys/unix"

	"drydock/mini-docker/flock"
)

// Partial is a blob that is fetched from far. What has come of it stands in the store
// under its digest, so that whoever wants it next goes on where it broke off: also
// when the process was killed. Only one process fetches it, which holds the file's
// lock until its intake is closed; it has the blob by then, or gives it up.
type Partial struct {
	Digest v1.Hash

	file *os.File
	sum  hash.Hash // of what is in the file
	at   int64     // bytes in the file
	kept bool      // some of them came in an earlier intake
}

// Reserve returns those of some blobs that are still to be fetched, once nobody else
// fetches them. They are taken in one order, so that two who want the same never wait
// for each other.
func (in *Intake) Reserve(ctx context.Context, digests []v1.Hash) ([]*Partial, error) {
	if len(digests) == 0 {
		return nil, nil
	}
	if err := in.make(ctx); err != nil {
		return nil, err
	}
	inOrder := slices.Clone(digests)
	slices.SortFunc(inOrder, func(a, b v1.Hash) int { return slices.Compare([]byte(a.Hex), []byte(b.Hex)) })
	for _, digest := range slices.Compact(inOrder) {
		if err := in.reserve(ctx, digest); err != nil {
			return nil, fmt.Errorf("blob %.12s: %w", digest.Hex, err)
		}
	}
	return in.partial, nil
}

func (in *Intake) reserve(ctx context.Context, digest v1.Hash) error {
	path := in.store.partialPath(digest)
	for !in.Has(digest) {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		p := &Partial{Digest: digest, file: file, sum: sha256.New()}
		err = flock.AwaitFile(ctx, file)
		if err == nil && isAt(file, path) && !in.Has(digest) {
			if p.at, err = io.Copy(p.sum, contextReader{ctx, file}); err == nil {
				p.kept = p.at > 0
				in.partial = append(in.partial, p)
				return nil
			}
		}
		// Who had it has finished meanwhile: it is in the store, or given up.
		if err := errors.Join(err, p.close(false)); err != nil {
			return err
		}
	}
	return nil
}

// isAt says whether a path still leads to a file.
func isAt(file *os.File, path string) bool {
	open, err := file.Stat()
	there, missing := os.Lstat(path)
	return err == nil && missing == nil && os.SameFile(open, there)
}

// At is how many bytes have come.
func (p *Partial) At() int64 { return p.at }

// Write adds what comes next.
func (p *Partial) Write(b []byte) (int, error) {
	n, err := p.file.WriteAt(b, p.at)
	p.sum.Write(b[:n])
	p.at += int64(n)
	return n, err
}

// Restart gives up what has come.
func (p *Partial) Restart() error {
	p.at, p.kept = 0, false
	p.sum.Reset()
	return p.file.Truncate(0)
}

// ErrDigest: content is not what its digest says.
var ErrDigest = errors.New("content does not match its digest")

// Finish takes the blob in if it has its digest. If not, nothing of it
// is kept, and again says whether to fetch it anew may help: some of it
// had lain here for a while.
func (in *Intake) Finish(p *Partial) (again bool, err error) {
	if got := hex.EncodeToString(p.sum.Sum(nil)); got != p.Digest.Hex {
		again = p.kept
		return again, errors.Join(fmt.Errorf("%w: got sha256:%s", ErrDigest, got), p.Restart())
	}
	if err := p.file.Chmod(0o644); err != nil {
		return false, err
	}
	in.mutex.Lock()
	defer in.mutex.Unlock()
	if in.fetched == nil {
		in.fetched = map[string]string{}
	}
	in.fetched[p.Digest.Hex] = p.file.Name()
	return false, nil
}

// GiveUp has Close remove what was fetched: there is no room for it.
func (in *Intake) GiveUp() { in.gaveUp = true }

// closePartial lets others have what was reserved. What has come of it stays.
func (in *Intake) closePartial() (err error) {
	for _, p := range in.partial {
		err = errors.Join(err, p.close(in.gaveUp || p.at == 0))
	}
	in.partial = nil
	return err
}

// close lets go of the file, and removes it if it still has its name.
func (p *Partial) close(remove bool) (err error) {
	if remove && isAt(p.file, p.file.Name()) {
		err = os.Remove(p.file.Name())
	}
	return errors.Join(err, p.file.Close())
}

// goesStale is how long what broke off waits for whoever goes on with it.
const goesStale = 24 * time.Hour

// removeStale removes what broke off so long ago, or with nought all that did, whatever
// the clock said then, unless somebody is at it.
func (s *Store) removeStale(age time.Duration) error {
	entries, err := os.ReadDir(s.partialDir())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		info, gone := entry.Info()
		if gone != nil || age > 0 && time.Since(info.ModTime()) < age {
			continue
		}
		file, gone := os.Open(filepath.Join(s.partialDir(), entry.Name()))
		if gone != nil {
			continue // its process was quicker
		}
		if unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil && isAt(file, file.Name()) {
			err = errors.Join(err, os.Remove(file.Name()))
		}
		file.Close()
	}
	return err
}
