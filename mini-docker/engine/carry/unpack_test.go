package carry

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// archived is a tar archive of entries, each with its name for content.
func archived(t *testing.T, entries ...tar.Header) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	for _, each := range entries {
		each.Mode = 0o644
		if each.Typeflag == tar.TypeReg {
			each.Size = int64(len(each.Name))
		}
		if err := w.WriteHeader(&each); err != nil {
			t.Fatal(err)
		}
		if each.Size > 0 {
			w.Write([]byte(each.Name))
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func unpacked(ctx context.Context, t *testing.T, dir string, archive []byte) error {
	t.Helper()
	into, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer into.Close()
	return Unpack(ctx, into, bytes.NewReader(archive), Owners{})
}

func TestWhatStandsInTheWayMakesWayForItsLike(t *testing.T) {
	for _, test := range []struct {
		entry tar.Header
		want  string
	}{
		{tar.Header{Name: "dir", Typeflag: tar.TypeReg}, "cannot overwrite directory"},
		{tar.Header{Name: "old", Typeflag: tar.TypeDir}, "cannot overwrite non-directory"},
		{tar.Header{Name: "old", Typeflag: tar.TypeReg}, ""},
		{tar.Header{Name: "dir", Typeflag: tar.TypeDir}, ""},
		{tar.Header{Name: "old", Linkname: "./old", Typeflag: tar.TypeLink}, ""}, // to itself
		{tar.Header{Name: "null", Typeflag: tar.TypeChar}, "only files, directories, links and pipes"},
	} {
		dir := files(t, "dir/inner", "old")
		err := unpacked(t.Context(), t, dir, archived(t, test.entry))
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s of type %c: got %v, want %q", test.entry.Name, test.entry.Typeflag, err, test.want)
		}
		for _, name := range []string{"dir/inner", "old"} {
			if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(text) != name {
				t.Errorf("after %s of type %c: %s holds %q, %v", test.entry.Name, test.entry.Typeflag, name, text, err)
			}
		}
	}
}

// A container's programs go on while something is copied to it.
func TestWhatSomebodyMakesMeanwhileMakesWayToo(t *testing.T) {
	dir := files(t)
	var entries []tar.Header
	for range 3000 {
		entries = append(entries, tar.Header{Name: "log", Typeflag: tar.TypeReg})
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				os.WriteFile(filepath.Join(dir, "log"), nil, 0o600)
				os.Remove(filepath.Join(dir, "log"))
			}
		}
	}()
	err := unpacked(t.Context(), t, dir, archived(t, entries...))
	close(stop)
	<-done
	if err != nil {
		t.Error(err)
	}
}

// To open a pipe that nobody writes to would wait for ever.
func TestAPipeIsCopiedAndASocketIsNot(t *testing.T) {
	source, target := files(t, "d/file"), files(t)
	if err := unix.Mkfifo(source+"/d/pipe", 0o640); err != nil {
		t.Fatal(err)
	}
	unix.Chmod(source+"/d/pipe", 0o640)
	socket, err := net.Listen("unix", source+"/d/socket")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	if err := carried(t, source, "/d", target, "/d"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(target + "/d/pipe"); err != nil || info.Mode() != fs.ModeNamedPipe|0o640 {
		t.Errorf("the pipe: %v, %v", info, err)
	}
	if _, err := os.Lstat(target + "/d/socket"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket, which nobody listens on there: %v", err)
	}
}

func TestALinkBelongsToWhomItDid(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("files of others are for root")
	}
	source, target := files(t, "d/link -> nowhere"), files(t)
	if err := os.Lchown(source+"/d/link", 1234, 1235); err != nil {
		t.Fatal(err)
	}
	if err := carriedFor(t, Owners{Keep: true}, source, "/d", target, "/d"); err != nil {
		t.Fatal(err)
	}
	var link unix.Stat_t
	if err := unix.Lstat(target+"/d/link", &link); err != nil || link.Uid != 1234 || link.Gid != 1235 {
		t.Errorf("got %d:%d, %v", link.Uid, link.Gid, err)
	}
}

func TestAnArchiveIsReadToItsEnd(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(archived(t, tar.Header{Name: "file", Typeflag: tar.TypeReg}))
	w.Close()
	packed.Bytes()[packed.Len()-8] ^= 1 // its checksum, behind the archive's last entry
	if err := unpacked(t.Context(), t, files(t), packed.Bytes()); !errors.Is(err, gzip.ErrChecksum) {
		t.Errorf("damaged behind the archive: got %v", err)
	}
}

func TestACopyEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := files(t)
	if err := unpacked(ctx, t, dir, archived(t, tar.Header{Name: "file", Typeflag: tar.TypeReg})); !errors.Is(err, context.Canceled) {
		t.Errorf("unpacking: got %v", err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "file")); err == nil {
		t.Error("it went on")
	}
	from, err := Find(inside(t, files(t, "d/sub/")), "/d", false)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	var into bytes.Buffer
	if err := Pack(ctx, from, "d", &into); !errors.Is(err, context.Canceled) {
		t.Errorf("packing: got %v", err)
	}
}
