package volume

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestTheUmaskDecidesNothing(t *testing.T) {
	for _, umask := range []int{0, 0o077} {
		old := unix.Umask(umask)
		s := newStore(t)
		unix.Umask(old)
		// Users of a container other than root are to come in, but no others of the
		// host's: a volume may hold set-id programs.
		for dir, want := range map[string]os.FileMode{s.Mountpoint("data"): 0o755, s.dir(): 0o700} {
			info, err := os.Stat(dir)
			must(t, err)
			if info.Mode().Perm() != want {
				t.Errorf("umask %03o: %s has %o, want %o", umask, filepath.Base(dir), info.Mode().Perm(), want)
			}
		}
	}
}

func TestNobodyWaitsForOneWhoRemovesAnotherVolume(t *testing.T) {
	s := newStore(t)
	gone := filepath.Join(s.dir(), gonePrefix+"gone")
	must(t, os.Mkdir(gone, 0o755))
	busy, err := os.Open(gone)
	must(t, err)
	defer busy.Close()
	must(t, unix.Flock(int(busy.Fd()), unix.LOCK_EX))
	removed := make(chan error, 1)
	go func() { removed <- s.Remove("data", nobody) }()
	select {
	case err := <-removed:
		must(t, err)
	case <-time.After(20 * time.Second):
		t.Fatal("waits for the lock of a volume that somebody else removes")
	}
	if _, err := os.Lstat(gone); err != nil {
		t.Errorf("took away what somebody else is at: %v", err)
	}
}
