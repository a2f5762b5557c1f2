package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"testing"

	"drydock/mini-docker/layer"
)

// An archive that never ends, and takes next to nothing to send, is given up.
func TestLoadRefusesAnArchiveThatNeverEnds(t *testing.T) {
	store, dir := newStore(t)
	ours, theirs := io.Pipe()
	done := make(chan error)
	go func() {
		_, err := theirs.Write(gzipped(endless(t)))
		// Packed once: a gzip stream may have any number of members (RFC 1952, 2.2).
		for zeros := gzipped(make([]byte, 1<<20)); err == nil; {
			_, err = theirs.Write(zeros)
		}
		done <- err
	}()
	_, err := Load(t.Context(), store, Source{Archive: ours})
	ours.CloseWithError(errors.New("enough"))
	<-done
	var limit *layer.LimitError
	if !errors.As(err, &limit) {
		t.Errorf("got %v, want a limit", err)
	}
	nothingLeft(t, store, dir)
}

// endless is the header of a file that has no end in sight.
func endless(t testing.TB) []byte {
	t.Helper()
	var buffer bytes.Buffer
	if err := tar.NewWriter(&buffer).WriteHeader(&tar.Header{Name: "a", Mode: 0o644, Size: 1 << 40, Format: tar.FormatGNU}); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func gzipped(plain []byte) []byte {
	var buffer bytes.Buffer
	w := gzip.NewWriter(&buffer)
	w.Write(plain) // into memory: it cannot fail
	w.Close()
	return buffer.Bytes()
}
