package layer

import (
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/therootcompany/xz"
)

// Written by `xz -9`, by `xz --lzma2=dict=128MiB`, and by two calls of xz, one after
// the other.
const (
	xzPacked = "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jMAQAOcGFja2VkIHdpdGggeHoKAAC5cjJP3SGcfwABJw/fGvxqH7bzfQEAAAAABFla"
	xzGreedy = "/Td6WFoAAATm1rRGAgAhAR4AAACbB1FmAQAOcGFja2VkIHdpdGggeHoKAAC5cjJP3SGcfwABJw/fGvxqH7bzfQEAAAAABFla"
	xzTwo    = "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQADb25lCgD1XLtWH8b9hgABHARvLJzBH7bzfQEAAAAABFla" +
		"/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQADdHdvCgBlBtb/xMD5OgABHARvLJzBH7bzfQEAAAAABFla"
)

func unbase64(t testing.TB, text string) string {
	t.Helper()
	packed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(packed)
}

func uncompressed(packed string) (string, error) {
	r, err := Uncompress(strings.NewReader(packed))
	if err != nil {
		return "", err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	return string(text), err
}

func TestXZIsRead(t *testing.T) {
	for packed, want := range map[string]string{xzPacked: "packed with xz\n", xzTwo: "one\ntwo\n"} {
		if got, err := uncompressed(unbase64(t, packed)); err != nil || got != want {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
	whole := unbase64(t, xzPacked)
	if _, err := uncompressed(whole[:len(whole)-1]); err == nil {
		t.Error("a stream that is cut was taken for whole")
	}
}

// A stream says itself how much memory it wants.
func TestXZGetsOnlySoMuchMemory(t *testing.T) {
	if _, err := uncompressed(unbase64(t, xzGreedy)); !errors.Is(err, xz.ErrMemlimit) {
		t.Errorf("got %v, want that the limit is exceeded", err)
	}
}

// FuzzXZ looks for streams that the decoder does not survive.
func FuzzXZ(f *testing.F) {
	for _, each := range []string{xzPacked, xzGreedy, xzTwo} {
		f.Add([]byte(unbase64(f, each)))
	}
	f.Fuzz(func(_ *testing.T, packed []byte) {
		r, err := Uncompress(strings.NewReader(xzMagic + string(packed)))
		if err != nil {
			return
		}
		io.Copy(io.Discard, io.LimitReader(r, 1<<20))
	})
}
