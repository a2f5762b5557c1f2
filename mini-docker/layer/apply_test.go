package layer

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"
)

func stat(t testing.TB, dir, name string) *unix.Stat_t {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Lstat(filepath.Join(dir, name), &st); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return &st
}

func TestApplyKeepsTypesModesAndTimes(t *testing.T) {
	setuid := file("bin/su", "program")
	setuid.Mode = 0o4755
	sticky := directory("tmp")
	sticky.Mode = 0o1777
	fifo := tar.Header{Typeflag: tar.TypeFifo, Name: "pipe", Mode: 0o600}
	dir, result := apply(t, directory("./"), directory("bin"), setuid, symlink("bin/sh", "/bin/su"),
		hardLink("bin/also", "bin/su"), sticky, fifo, file("implied/by/name", ""))
	for name, want := range map[string]uint32{
		".": unix.S_IFDIR | 0o755, "bin": unix.S_IFDIR | 0o755, "bin/su": unix.S_IFREG | 0o4755,
		"bin/also": unix.S_IFREG | 0o4755, "bin/sh": unix.S_IFLNK | 0o777, "tmp": unix.S_IFDIR | 0o1777,
		"pipe": unix.S_IFIFO | 0o600, "implied/by": unix.S_IFDIR | 0o755, "implied/by/name": unix.S_IFREG | 0o644,
	} {
		if got := stat(t, dir, name).Mode; got != want {
			t.Errorf("mode of %s = %o, want %o", name, got, want)
		}
	}
	for _, name := range []string{".", "bin", "bin/su", "bin/sh", "tmp", "pipe"} {
		if sec, nsec := stat(t, dir, name).Mtim.Unix(); sec != testTime.Unix() || nsec != int64(testTime.Nanosecond()) {
			t.Errorf("time of %s = %d.%d, want %v", name, sec, nsec, testTime)
		}
	}
	if stat(t, dir, "bin/su").Ino != stat(t, dir, "bin/also").Ino {
		t.Error("bin/also is a copy of bin/su, want a hard link")
	}
	if target, err := os.Readlink(filepath.Join(dir, "bin/sh")); target != "/bin/su" {
		t.Errorf("bin/sh -> %q, %v; want /bin/su", target, err)
	}
	if result.Entries != 8 || result.Size != 7 || len(result.Notes) != 0 {
		t.Errorf("result = %+v, want 8 entries, 7 bytes, no notes", result)
	}
}

func TestApplyGivesTheLaterOfTwoEntriesThePlace(t *testing.T) {
	dir, _ := apply(t, directory("a/b"), file("a/b/c", "old"), file("a", "new"),
		file("x", "old"), directory("x"), file("x/y", "new"),
		symlink("s", "a"), file("s", "not through the link"),
		file("d/twice", "old"), file("d/twice", "new"),
		directory("t"), symlink("l", "t"), file("l/1", "through the link"), directory("l"), file("l/2", "beside it"))
	for name, want := range map[string]string{"d/twice": "new", "t/1": "through the link", "l/2": "beside it"} {
		if got := read(t, dir, name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if got := read(t, dir, "a"); got != "new" {
		t.Errorf("a = %q, want new", got)
	}
	if got := read(t, dir, "x/y"); got != "new" {
		t.Errorf("x/y = %q, want new", got)
	}
	if got := read(t, dir, "s"); got != "not through the link" {
		t.Errorf("s = %q", got)
	}
}

func TestApplyFollowsDirectoryLinksThatStayInside(t *testing.T) {
	dir, _ := apply(t, directory("usr/lib"), symlink("lib", "usr/lib"), file("lib/libc.so", "elf"))
	if got := read(t, dir, "usr/lib/libc.so"); got != "elf" {
		t.Errorf("usr/lib/libc.so = %q, want elf", got)
	}
}

func TestApplyReadsCompressionByItsMagicAndHashesThePlainArchive(t *testing.T) {
	plain := archive(t, file("a", "1"))
	_, fromPlain := applyArchive(t, plain)
	_, fromGzip := applyArchive(t, gzipped(t, plain))
	if fromPlain.DiffID != fromGzip.DiffID || len(fromPlain.DiffID) != len("sha256:")+64 {
		t.Errorf("DiffID = %s plain, %s gzipped; want the same", fromPlain.DiffID, fromGzip.DiffID)
	}
	_, fromZstd := applyArchive(t, zstded(t, plain))
	if fromZstd.DiffID != fromPlain.DiffID {
		t.Errorf("DiffID = %s plain, %s with zstd; want the same", fromPlain.DiffID, fromZstd.DiffID)
	}
}

func zstded(t testing.TB, plain []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(plain, nil)
}

func TestApplyCountsWhatItCannotKeep(t *testing.T) {
	owned := file("owned", "x")
	owned.Uid, owned.Gid, owned.Mode = 33, 33, 0o4755
	device := tar.Header{Typeflag: tar.TypeChar, Name: "null", Mode: 0o666, Devmajor: 1, Devminor: 3}
	locked := directory("locked")
	locked.Mode = 0o500
	mark := file("marked", "")
	mark.PAXRecords = map[string]string{paxXattr + "trusted.overlay.redirect": "/etc", paxXattr + "user.overlay.metacopy": ""}
	dir, result := apply(t, owned, device, locked, file("locked/in", "x"), mark)

	want := Result{DiffID: result.DiffID, Entries: 5, Size: 2, XattrsSkipped: 2, Notes: result.Notes}
	switch {
	case os.Geteuid() != 0:
		want.OwnersLost, want.DevicesSkipped, want.ModesChanged = 1, 1, 2
	case UserXattr():
		want.OwnersLost, want.DevicesSkipped, want.ModesChanged = 1, 1, 1
	}
	notes := want.XattrsSkipped + want.OwnersLost + want.DevicesSkipped + want.ModesChanged
	if len(result.Notes) != notes {
		t.Errorf("notes = %q, want %d", result.Notes, notes)
	}
	want.Notes, result.Notes = nil, nil
	if got, want := result, want; got.OwnersLost != want.OwnersLost || got.DevicesSkipped != want.DevicesSkipped ||
		got.ModesChanged != want.ModesChanged || got.XattrsSkipped != want.XattrsSkipped || got.Size != want.Size {
		t.Errorf("result = %+v, want %+v", got, want)
	}
	if lost := want.OwnersLost > 0; lost != (stat(t, dir, "owned").Mode&unix.S_ISUID == 0) {
		t.Errorf("set-id bit of a file whose owner is lost (%v): mode %o", lost, stat(t, dir, "owned").Mode)
	}
	// What a user has unpacked they can remove.
	if err := os.RemoveAll(dir); err != nil {
		t.Error(err)
	}
}

func TestApplyKeepsExtendedAttributes(t *testing.T) {
	h := file("f", "x")
	h.PAXRecords = map[string]string{paxXattr + "user.mime": "text\x00plain"}
	dir, result := apply(t, h)
	if result.XattrsSkipped > 0 {
		t.Skip("skipped because this file system keeps no user attributes:", result.Notes)
	}
	if got, _, err := getXattr(filepath.Join(dir, "f"), "user.mime"); got != "text\x00plain" {
		t.Errorf("user.mime = %q, %v", got, err)
	}
}

func TestApplyLeavesNothingBehindWhenItFails(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "layer")
	whole := archive(t, directory("d"), file("d/f", "content"))
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for name, try := range map[string]func() error{
		"cut off": func() error {
			_, err := Apply(t.Context(), dir, bytes.NewReader(whole[:1200]), options())
			return err
		},
		"cancelled": func() error {
			_, err := Apply(ended, dir, bytes.NewReader(whole), options())
			return err
		},
		"wrong digest": func() error {
			o := options()
			o.DiffID = "sha256:0"
			_, err := Apply(t.Context(), dir, bytes.NewReader(whole), o)
			return err
		},
	} {
		if err := try(); err == nil {
			t.Errorf("%s: no error", name)
		}
		if left, _ := os.ReadDir(parent); len(left) != 0 {
			t.Errorf("%s: left behind %v", name, left)
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Apply(t.Context(), dir, bytes.NewReader(whole), options()); !errors.Is(err, fs.ErrExist) {
		t.Errorf("onto an existing directory: %v, want ErrExist", err)
	}
}
