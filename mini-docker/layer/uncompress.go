package layer

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"context"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/therootcompany/xz"
)

// The first bytes of compressed streams: RFC 1952, 2.3.1; RFC 8878, 3.1.1; the
// formats' own descriptions for the other two.
const (
	gzipMagic  = "\x1f\x8b"
	zstdMagic  = "\x28\xb5\x2f\xfd"
	bzip2Magic = "BZh"
	xzMagic    = "\xfd7zXZ\x00"
)

// maxWindow bounds the memory that a zstd stream may ask for: RFC 8878, 3.1.1.1.2
// recommends that decoders take 8 MiB, and `zstd --ultra --long` writes up to 128.
const maxWindow = 128 << 20

// maxDictionary bounds what an xz stream may ask for: 64 MiB, as `xz -9` does.
const maxDictionary = xz.DefaultDictMax

// Compression is how a stream is packed, as its first bytes tell. Media types and
// file names are not trusted to say it.
type Compression string

// The kinds that are told apart.
const (
	Plain Compression = ""
	Gzip  Compression = "gzip"
	Zstd  Compression = "zstd"
	Bzip2 Compression = "bzip2"
	XZ    Compression = "xz"
)

// CompressionOf looks at the first bytes of a stream, six at least.
func CompressionOf(magic []byte) Compression {
	for compression, start := range map[Compression]string{Gzip: gzipMagic, Zstd: zstdMagic, Bzip2: bzip2Magic, XZ: xzMagic} {
		if bytes.HasPrefix(magic, []byte(start)) {
			return compression
		}
	}
	return Plain
}

// Uncompress uncompresses a stream that is packed with gzip, zstd, bzip2 or xz; any
// other it leaves as it is. The caller closes what is returned; r stays open.
func Uncompress(r io.Reader) (io.ReadCloser, error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	magic, _ := buffered.Peek(len(xzMagic)) // an error shows again when it is read
	switch CompressionOf(magic) {
	case Gzip:
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, fmt.Errorf("reading gzip header: %w", err)
		}
		return unpacked, nil
	case Zstd:
		// One thread: whoever unpacks writes files at the same time as it is.
		unpacked, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, fmt.Errorf("reading zstd header: %w", err)
		}
		return unpacked.IOReadCloser(), nil
	case Bzip2:
		return io.NopCloser(bzip2.NewReader(buffered)), nil
	case XZ:
		unpacked, err := xz.NewReader(buffered, maxDictionary)
		if err != nil {
			return nil, fmt.Errorf("reading xz header: %w", err)
		}
		return io.NopCloser(unpacked), nil
	}
	return io.NopCloser(buffered), nil
}

// NewReader uncompresses a stream as Uncompress does, and ends with a *LimitError
// when it exceeds the limits, or when its context ends.
func NewReader(ctx context.Context, r io.Reader, limits Limits) (io.ReadCloser, error) {
	s, err := newStream(ctx, r, limits)
	if err != nil {
		return nil, err
	}
	s.digest = nil // nobody asks for it
	return s, nil
}
