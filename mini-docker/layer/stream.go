package layer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"sync/atomic"
)

// stream is the uncompressed archive as it is read: it hashes what passes, holds
// it to the limits, and ends when its context does.
type stream struct {
	ctx    context.Context
	limits Limits
	packed *counter      // as it arrives
	plain  io.ReadCloser // uncompressed
	digest hash.Hash

	plainBytes   int64 // of the archive
	contentBytes int64 // of files: larger than the archive when it holds sparse ones
	announced    int64 // of files, by their headers, come or not
}

// counter counts the bytes read through it.
type counter struct {
	r io.Reader
	n atomic.Int64 // read while another goroutine counts, see readAhead
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// newStream uncompresses what arrives (see Uncompress) and holds it to limits.
func newStream(ctx context.Context, r io.Reader, limits Limits) (*stream, error) {
	s := &stream{ctx: ctx, limits: limits, packed: &counter{r: r}, digest: sha256.New()}
	if s.limits.Bytes == 0 {
		s.limits.Bytes = DefaultMaxBytes
	}
	if s.limits.Entries == 0 {
		s.limits.Entries = DefaultMaxEntries
	}
	if s.limits.Ratio == 0 {
		s.limits.Ratio = DefaultMaxRatio
	}
	if s.limits.ratioFloor == 0 {
		s.limits.ratioFloor = RatioFloor
	}
	var err error
	s.plain, err = Uncompress(s.packed)
	return s, err
}

func (s *stream) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.plain.Read(p)
	if s.digest != nil {
		s.digest.Write(p[:n])
	}
	s.plainBytes += int64(n)
	if limit := s.judge(s.plainBytes); limit != nil {
		return n, limit
	}
	return n, err
}

// Close frees what uncompressing needs. The packed stream stays open.
func (s *stream) Close() error { return s.plain.Close() }

// announce hears how large a file will be before any of it has come. Only the total
// can be judged now: how well the file is compressed shows as it comes.
func (s *stream) announce(size int64) error {
	s.announced += size
	return s.judgeTotal(s.announced)
}

// contentReader reads a file of the archive. A sparse one grows while nothing of the
// archive is read, so that what is to be written is judged as well as what came.
type contentReader struct {
	archive  *stream
	content  io.Reader
	isSparse bool
}

func (c contentReader) Read(p []byte) (int, error) {
	n, err := c.content.Read(p)
	if c.isSparse && isZero(p[:n]) {
		return n, err // it takes no room: see sparseWriter. The total was announced
	}
	c.archive.contentBytes += int64(n)
	if limit := c.archive.judge(c.archive.contentBytes); limit != nil {
		return 0, limit
	}
	return n, err
}

// judge judges what has come, or what it has grown to.
func (s *stream) judge(bytes int64) error {
	if err := s.judgeTotal(bytes); err != nil {
		return err
	}
	if bytes > s.limits.ratioFloor && bytes/max(s.packed.n.Load(), 1) > s.limits.Ratio {
		return &LimitError{What: "to 1 compression ratio", Limit: s.limits.Ratio}
	}
	return nil
}

func (s *stream) judgeTotal(bytes int64) error {
	if bytes > s.limits.Bytes || bytes < 0 {
		return &LimitError{What: "bytes", Limit: s.limits.Bytes}
	}
	return nil
}

// finish reads what follows the end of the archive, padding as a rule, since it
// counts towards the digest, and returns the digest of it all.
func (s *stream) finish() (DiffID, error) {
	if _, err := io.Copy(io.Discard, struct{ io.Reader }{s}); err != nil {
		return "", err
	}
	return diffID(s.digest), nil
}

func diffID(h hash.Hash) DiffID {
	return DiffID("sha256:" + hex.EncodeToString(h.Sum(nil)))
}
