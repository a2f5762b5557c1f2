package layer

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

func TestReadAheadGivesTheStreamAndItsError(t *testing.T) {
	cut := errors.New("cut")
	for _, size := range []int{0, 1, aheadSize, aheadSize + 1, 10*aheadSize - 1} {
		text := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
		for _, end := range []error{io.EOF, cut} {
			r := readAhead(io.NopCloser(io.MultiReader(bytes.NewReader(text), iotest.ErrReader(end))))
			got, err := io.ReadAll(r)
			if !bytes.Equal(got, text) || (end == io.EOF) != (err == nil) || err != nil && err != cut {
				t.Errorf("%d bytes and %v: got %d bytes and %v", size, end, len(got), err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// Who closes does not leave a goroutine behind, however much is unread.
func TestReadAheadEndsWhenItIsClosed(t *testing.T) {
	r := readAhead(io.NopCloser(zeros{}))
	if _, err := io.ReadFull(r, make([]byte, 3*aheadSize)); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil { // returns when the goroutine has
		t.Error(err)
	}
}
