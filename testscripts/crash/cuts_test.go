package crash

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"drydock/testscripts/crash/writes"
	"drydock/testscripts/vm/plan"
)

const (
	rounds = 3  // of filling and emptying a store while its disk is watched
	apart  = 20 // cuts from one store that is worked on again to the next
)

// Whenever the power goes while images are added and removed, the disk holds a store
// of whole images alone, and what was unpacked of them is what was packed.
func TestAStoreOfImagesSurvivesPowerCuts(t *testing.T) {
	disk, log := os.Getenv(plan.CutDisk), os.Getenv(plan.CutLog)
	if disk == "" {
		t.Skip("needs a disk whose writes are logged: `go run ./testscripts/vm -cuts 20 ./testscripts/crash`")
	}
	if os.Geteuid() != 0 {
		t.Skip("mounts a disk: root's affair")
	}
	dir := t.TempDir()
	surely := filepath.Join(dir, "surely")
	copyDisk(t, surely, disk)
	random := moments(t)
	work := newWork(t, dir)
	recorded := record(t, work, disk, log, random)
	cuts := make([]int, *points)
	for i := range cuts {
		cuts[i] = random.IntN(recorded.Len() + 1)
	}
	slices.Sort(cuts)
	base, err := os.OpenFile(surely, os.O_WRONLY, 0)
	must(t, err)
	defer base.Close()
	done := 0
	for i, cut := range cuts {
		flushed := recorded.Flushed(cut)
		must(t, recorded.Apply(base, done, flushed, func() bool { return true }))
		done = flushed
		left := filepath.Join(dir, "left")
		copyDisk(t, left, surely)
		file, err := os.OpenFile(left, os.O_WRONLY, 0)
		must(t, err)
		must(t, recorded.Apply(file, flushed, cut, func() bool { return random.IntN(2) == 0 }))
		must(t, file.Close())
		t.Logf("cut %d of %d: after %d of %d writes, of which %d may be lost", i+1, len(cuts), cut, recorded.Len(), cut-flushed)
		onDisk(t, left, func(s Store) {
			checkStore(t, s)
			if (i+1)%apart == 0 {
				work.settled(t, s)
			}
		})
		if t.Failed() {
			return
		}
	}
}

// record fills and empties a store on the disk whose writes are logged.
func record(t *testing.T, w work, disk, log string, random *rand.Rand) *writes.Log {
	at := t.TempDir()
	mount(t, disk, at)
	store := Store{program(t), filepath.Join(at, "root")}
	for range rounds {
		for _, i := range random.Perm(len(w.all())) {
			store.Run(t, w.all()[i]...)
		}
	}
	must(t, unix.Unmount(at, 0))
	file, err := os.Open(log)
	must(t, err)
	t.Cleanup(func() { file.Close() })
	recorded, err := writes.Open(file)
	must(t, err)
	return recorded
}

// onDisk mounts a disk, as the machine does that comes up again, for as long as its
// store is looked at.
func onDisk(t *testing.T, image string, look func(Store)) {
	t.Helper()
	at := t.TempDir()
	mount(t, image, at)
	defer func() { must(t, unix.Unmount(at, 0)) }()
	look(Store{program(t), filepath.Join(at, "root")})
}

func checkStore(t *testing.T, s Store) {
	t.Helper()
	if _, err := os.Stat(s.Root); errors.Is(err, os.ErrNotExist) {
		return // cut before anything was
	}
	if text, err := s.Command("system", "check").CombinedOutput(); err != nil {
		t.Errorf("system check: %v\n%s", err, text)
	}
	blobs, err := filepath.Glob(filepath.Join(s.Root, "oci/blobs/sha256/*"))
	must(t, err)
	for _, blob := range blobs {
		checkUnpacked(t, s, blob)
	}
}

// checkUnpacked compares the files of a layer that is unpacked with those that are
// packed. What is no layer is not looked at.
func checkUnpacked(t *testing.T, s Store, blob string) {
	t.Helper()
	content, err := os.ReadFile(blob)
	must(t, err)
	if unpacked, err := gzip.NewReader(bytes.NewReader(content)); err == nil {
		content, err = io.ReadAll(unpacked)
		must(t, err)
	}
	id := sha256.Sum256(content)
	dir := filepath.Join(s.Root, "layers", hex.EncodeToString(id[:]))
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return
	}
	for archive := tar.NewReader(bytes.NewReader(content)); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		must(t, err)
		if header.Typeflag != tar.TypeReg || strings.HasPrefix(filepath.Base(header.Name), ".wh.") {
			continue
		}
		want, err := io.ReadAll(archive)
		must(t, err)
		got, err := os.ReadFile(filepath.Join(dir, header.Name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("layer %.12s: %s has %d bytes that are not the %d that were packed: %v", filepath.Base(dir), header.Name, len(got), len(want), err)
		}
	}
}

// mount mounts a disk, or an image of one. The kernel is not to write a file before
// the name that it gets by rename(2), as it would by itself: other file systems do not
// (ext4(5), auto_da_alloc).
func mount(t *testing.T, from, at string) {
	t.Helper()
	options := "noauto_da_alloc"
	if info, err := os.Stat(from); err == nil && info.Mode().IsRegular() {
		options += ",loop"
	}
	if text, err := exec.Command("mount", "-t", "ext4", "-o", options, from, at).CombinedOutput(); err != nil {
		t.Fatalf("mounting %s: %v\n%s", from, err, text)
	}
}

// copyDisk copies a disk to a file, in which what is empty takes no room.
func copyDisk(t *testing.T, to, from string) {
	t.Helper()
	in, err := os.Open(from)
	must(t, err)
	defer in.Close()
	out, err := os.Create(to)
	must(t, err)
	defer out.Close()
	block, empty := make([]byte, 64<<10), make([]byte, 64<<10)
	for at := int64(0); ; at += int64(len(block)) {
		n, err := io.ReadFull(in, block)
		if n > 0 && !bytes.Equal(block[:n], empty[:n]) {
			_, failed := out.WriteAt(block[:n], at)
			must(t, failed)
		}
		if err != nil {
			must(t, out.Truncate(at+int64(n)))
			return
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
