package layer

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Each of these archives reaches for a file outside the layer, or for a mark that
// only overlayfs may set. None may get there, and all but those marked harmless
// must be refused.
func TestApplyRefusesAttacks(t *testing.T) {
	outside := t.TempDir()
	victim := filepath.Join(outside, "victim")
	if err := os.WriteFile(victim, []byte("untouched"), 0o644); err != nil {
		t.Fatal(err)
	}
	up := strings.Repeat("../", 20) + strings.TrimPrefix(victim, "/")
	attacks := map[string]struct {
		want    error // nil: harmless, it ends inside the layer
		entries []tar.Header
	}{
		"dots":                             {ErrUnsafePath, []tar.Header{file(up, "owned")}},
		"dots after a directory":           {ErrUnsafePath, []tar.Header{directory("a"), file("a/../"+up, "owned")}},
		"dots that stay inside":            {ErrUnsafePath, []tar.Header{directory("a"), file("a/../b", "x")}},
		"absolute name":                    {nil, []tar.Header{file(victim, "owned")}},
		"absolute name with dots":          {ErrUnsafePath, []tar.Header{file("/../"+up, "owned")}},
		"parent is an absolute link":       {ErrUnsafePath, []tar.Header{symlink("a", outside), file("a/victim", "owned")}},
		"parent is a link with dots":       {ErrUnsafePath, []tar.Header{symlink("a", filepath.Dir(up)), file("a/victim", "owned")}},
		"parent is a link to the parent":   {ErrUnsafePath, []tar.Header{symlink("a", ".."), file("a/x", "owned")}},
		"parent is a chain of links":       {ErrUnsafePath, []tar.Header{symlink("a", outside), symlink("b", "a"), file("b/victim", "owned")}},
		"parent is a link to itself":       {ErrUnsafePath, []tar.Header{symlink("a", "a"), file("a/x", "owned")}},
		"parent is a magic link":           {ErrUnsafePath, []tar.Header{symlink("a", "/proc/self/root"), file("a/"+victim, "owned")}},
		"directory under a link":           {ErrUnsafePath, []tar.Header{symlink("a", outside), directory("a/new")}},
		"new directories under a link":     {ErrUnsafePath, []tar.Header{symlink("a", outside), file("a/b/c/d", "owned")}},
		"directory in place of a link":     {nil, []tar.Header{symlink("a", outside), directory("a"), file("a/victim", "mine")}},
		"file in place of a link":          {nil, []tar.Header{symlink("a", victim), file("a", "mine")}},
		"link under a link":                {ErrUnsafePath, []tar.Header{symlink("a", outside), symlink("a/b", "x")}},
		"fifo under a link":                {ErrUnsafePath, []tar.Header{symlink("a", outside), {Typeflag: tar.TypeFifo, Name: "a/b"}}},
		"parent is a dangling link":        {unix.ENOTDIR, []tar.Header{symlink("a", "nowhere"), file("a/x", "owned")}},
		"parent is a file":                 {unix.ENOTDIR, []tar.Header{file("a", "x"), file("a/b", "y")}},
		"hard link with dots":              {ErrUnsafePath, []tar.Header{hardLink("a", up)}},
		"hard link to an absolute name":    {unix.ENOENT, []tar.Header{hardLink("a", victim)}},
		"hard link through a link":         {ErrUnsafePath, []tar.Header{symlink("a", outside), hardLink("b", "a/victim"), file("b", "owned")}},
		"hard link through an inner link":  {ErrUnsafePath, []tar.Header{file("d/f", "x"), symlink("a", "d"), hardLink("b", "a/f")}},
		"hard link to a link, overwritten": {nil, []tar.Header{symlink("a", victim), hardLink("b", "a"), file("b", "mine")}},
		"hard link to a directory":         {unix.EPERM, []tar.Header{directory("a"), hardLink("b", "a")}},
		"hard link to itself":              {nil, []tar.Header{file("a", "x"), hardLink("a", "a")}},
		"hard link to a whiteout":          {ErrReservedName, []tar.Header{file(".wh.a", ""), hardLink("b", "a")}},
		"hard link to nothing":             {unix.ENOENT, []tar.Header{hardLink("b", "a")}},
		"whiteout under a link":            {ErrUnsafePath, []tar.Header{symlink("a", outside), file("a/.wh.victim", "")}},
		"opaque under a link":              {ErrUnsafePath, []tar.Header{symlink("a", outside), file("a/.wh..wh..opq", "")}},
		"whiteout of the root":             {ErrReservedName, []tar.Header{file(".wh.", "")}},
		"whiteout of dot":                  {ErrReservedName, []tar.Header{directory("a"), file("a/.wh..", "")}},
		"whiteout of dot dot":              {ErrReservedName, []tar.Header{directory("a"), file("a/.wh...", "")}},
		"directory named like a whiteout":  {ErrReservedName, []tar.Header{file(".wh.a/b", "")}},
		"whiteout of a whiteout":           {ErrReservedName, []tar.Header{file(".wh..wh.", ""), file(".wh.a/.wh.b", "")}},
		"root as a file":                   {errAny, []tar.Header{file(".", "x")}},
		"root as a link":                   {errAny, []tar.Header{symlink(".", outside)}},
		"device 0/0":                       {errAny, []tar.Header{{Typeflag: tar.TypeChar, Name: "a"}}},
		"unknown type":                     {errAny, []tar.Header{{Typeflag: 'Q', Name: "a"}}},
	}
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			dir := filepath.Join(parent, "layer")
			packed := archive(t, attack.entries...)
			_, err := Apply(t.Context(), dir, bytes.NewReader(packed), options())
			switch {
			case attack.want == nil && err != nil:
				t.Errorf("error %v, want none", err)
			case attack.want == errAny && err == nil, attack.want != nil && attack.want != errAny && !errors.Is(err, attack.want):
				t.Errorf("error %v, want %v", err, attack.want)
			}
			if left, _ := os.ReadDir(parent); err != nil && len(left) != 0 {
				t.Errorf("left behind %v", left)
			}
			if got := read(t, outside, "victim"); got != "untouched" {
				t.Fatalf("victim = %q", got)
			}
			if around, _ := os.ReadDir(outside); len(around) != 1 {
				t.Fatalf("made outside: %v", around)
			}
			if n := stat(t, outside, "victim").Nlink; n != 1 {
				t.Fatalf("victim has %d links", n)
			}
		})
	}
}

var errAny = errors.New("any error")

// zeros is an endless file.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestApplyRefusesBombs(t *testing.T) {
	if os.Getenv(worldVariable) != "" {
		return // rights make no difference here, and the bombs take time
	}
	many := make([]tar.Header, 50)
	for i := range many {
		many[i] = directory(strings.Repeat("d", i+1))
	}
	// A header that promises a tebibyte, compressed, and no end to the zeros.
	promise, bomb := io.Pipe()
	packed := make(chan struct{})
	go func() {
		defer close(packed)
		w := tar.NewWriter(gzip.NewWriter(bomb))
		_ = w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "zeros", Size: 1 << 40, Format: tar.FormatPAX})
		_, err := io.Copy(w, zeros{})
		bomb.CloseWithError(err)
	}()
	for name, bomb := range map[string]struct {
		r      io.Reader
		limits Limits
		what   string
	}{
		"entries":         {bytes.NewReader(archive(t, many...)), Limits{Entries: 20}, "entries"},
		"file size":       {bytes.NewReader(archive(t, file("f", strings.Repeat("x", 4096)))), Limits{Bytes: 2048}, "bytes"},
		"padding":         {io.MultiReader(bytes.NewReader(archive(t)), zeros{}), Limits{Bytes: 1 << 20}, "bytes"},
		"promised size":   {promise, Limits{}, "bytes"},
		"skipped content": {io.MultiReader(bytes.NewReader(archive(t, file(".wh.a", strings.Repeat("x", 4096)))), zeros{}), Limits{Bytes: 2048}, "bytes"},
		"ratio":           {bytes.NewReader(zeroGzip(t, 2<<20)), Limits{ratioFloor: 1 << 20}, "to 1 compression ratio"},
		"ratio of a file": {bytes.NewReader(gzipped(t, archive(t, file("f", strings.Repeat("\x00", 2<<20))))), Limits{ratioFloor: 1 << 20}, "to 1 compression ratio"},
		"size of a hole":  {bytes.NewReader(sparse(2 << 20)), Limits{Bytes: 1 << 20}, "bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options()
			o.Limits = bomb.limits
			parent := t.TempDir()
			_, err := Apply(t.Context(), filepath.Join(parent, "layer"), bomb.r, o)
			var limit *LimitError
			if !errors.As(err, &limit) || limit.What != bomb.what {
				t.Errorf("error %v, want a limit of %s", err, bomb.what)
			}
			if left, _ := os.ReadDir(parent); len(left) != 0 {
				t.Errorf("left behind %v", left)
			}
		})
	}
	promise.Close()
	<-packed
}

// zeroGzip is a gzip stream that unpacks to an empty archive and much padding.
func zeroGzip(t testing.TB, n int64) []byte {
	t.Helper()
	var buffer bytes.Buffer
	w, _ := gzip.NewWriterLevel(&buffer, gzip.BestSpeed)
	if _, err := io.CopyN(w, zeros{}, n); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// sparse is an archive of one file that is a hole and nothing else, in the form of
// GNU tar (PAX, sparse format 1.0): archive/tar reads such and does not write them.
func sparse(n int64) []byte {
	record := func(key, value string) string {
		text := " " + key + "=" + value + "\n"
		size := len(text) + 1
		for size != len(strconv.Itoa(size))+len(text) {
			size = len(strconv.Itoa(size)) + len(text)
		}
		return strconv.Itoa(size) + text
	}
	block := func(kind byte, content string) []byte {
		b := make([]byte, 512, 1024)
		copy(b, "f")
		copy(b[100:], "0000644\x00")
		copy(b[124:], fmt.Sprintf("%011o\x00", len(content)))
		copy(b[148:], "        ")
		b[156] = kind
		copy(b[257:], "ustar\x0000")
		sum := 0
		for _, each := range b {
			sum += int(each)
		}
		copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
		b = append(b, content...)
		return append(b, make([]byte, 512-len(content))...)
	}
	about := record("GNU.sparse.major", "1") + record("GNU.sparse.minor", "0") +
		record("GNU.sparse.name", "f") + record("GNU.sparse.realsize", strconv.FormatInt(n, 10))
	parts := fmt.Sprintf("1\n%d\n0\n", n) // one part: no bytes, at the end
	parts += strings.Repeat("\x00", 512-len(parts))
	return slices.Concat(block(tar.TypeXHeader, about), block(tar.TypeReg, parts), make([]byte, 1024))
}

// A file may begin with a hole that is larger than any ratio allows: it takes no room.
func TestApplyKeepsTheHolesOfASparseFile(t *testing.T) {
	const size = 300 << 20
	dir := filepath.Join(t.TempDir(), "layer")
	if _, err := Apply(t.Context(), dir, bytes.NewReader(sparse(size)), options()); err != nil {
		t.Fatal(err)
	}
	var stat unix.Stat_t
	if err := unix.Stat(filepath.Join(dir, "f"), &stat); err != nil || stat.Size != size || stat.Blocks*512 > 1<<20 {
		t.Errorf("got %d bytes in %d blocks, %v; want %d bytes in hardly any", stat.Size, stat.Blocks, err, size)
	}
}

// Data between holes stays where it is, also where some of it is zeros.
func TestASparseFileHasItsData(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := &sparseWriter{fd: int(file.Fd())}
	var want []byte
	for _, part := range [][]byte{make([]byte, 100<<10), []byte("a\x00b"), make([]byte, 70000), {1}, make([]byte, 70001), append(make([]byte, 70000), 2)} {
		want = append(want, part...)
		if n, err := w.Write(part); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %d bytes, %v; want %d others", len(got), err, len(want))
	}
}

// What an archive only announces says nothing of how it is compressed: a large file
// at its start has hardly come yet.
func TestApplyTakesALargeFileThatComesFirst(t *testing.T) {
	content := make([]byte, 4<<20)
	rand.NewChaCha8([32]byte{}).Read(content)
	for name, packed := range map[string][]byte{
		"stored":     archive(t, file("f", string(content))),
		"compressed": gzipped(t, archive(t, file("f", string(content)))),
	} {
		o := options()
		o.Limits = Limits{Ratio: 2, ratioFloor: 1 << 20}
		dir := filepath.Join(t.TempDir(), "layer")
		if _, err := Apply(t.Context(), dir, bytes.NewReader(packed), o); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if read(t, dir, "f") != string(content) {
			t.Errorf("%s: another content", name)
		}
	}
}
