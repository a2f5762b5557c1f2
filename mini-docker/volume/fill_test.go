package volume

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var list []string
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return strings.Join(list, " ")
}

// put returns who fills a volume with one file, and gives it a mode of its own.
func put(t *testing.T, name string) func(string) error {
	return func(dir string) error {
		must(t, os.Mkdir(dir, 0o700))
		must(t, os.Chmod(dir, 0o750|os.ModeSticky))
		return os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644)
	}
}

func somebody() ([]string, error) { return []string{"other"}, nil }

// wantFiles checks what is in the volume "data", and that nothing is beside it.
func wantFiles(t *testing.T, s *Store, want string) {
	t.Helper()
	if got := names(t, s.Mountpoint("data")); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := names(t, s.of("data")); got != "_data volume.json" {
		t.Errorf("got %q, want nothing but the volume", got)
	}
}

func TestOnlyAnEmptyVolumeIsFilled(t *testing.T) {
	s := newStore(t)
	must(t, s.Fill("data", func(string) error { return nil }, nobody))
	wantFiles(t, s, "")
	must(t, s.Fill("data", put(t, "first"), nobody))
	must(t, s.Fill("data", put(t, "second"), nobody))
	wantFiles(t, s, "first")
	if info, err := os.Stat(s.Mountpoint("data")); err != nil || info.Mode() != os.ModeDir|os.ModeSticky|0o750 {
		t.Errorf("got %v, %v; want the mode of the folder that was made", info.Mode(), err)
	}
}

func TestAFillThatWasInterruptedBeginsAnew(t *testing.T) {
	s := newStore(t)
	must(t, put(t, "half")(s.filling("data"))) // kill -9
	must(t, s.Fill("data", put(t, "whole"), nobody))
	wantFiles(t, s, "whole")
}

func TestAFillThatFailsChangesNothing(t *testing.T) {
	s := newStore(t)
	broken := errors.New("broken")
	err := s.Fill("data", func(dir string) error {
		must(t, put(t, "part")(dir))
		return broken
	}, nobody)
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	wantFiles(t, s, "")
	err = s.Fill("data", put(t, "part"), func() ([]string, error) { return nil, broken })
	if !errors.Is(err, broken) {
		t.Errorf("when nobody knows who uses it: got %v", err)
	}
	wantFiles(t, s, "")
}

// A container that was made before the fill has the folder mounted, and writes.
func TestWhatSomebodyWroteOutlivesAFill(t *testing.T) {
	for name, fill := range map[string]func(s *Store, mine string) error{
		"that was interrupted before": func(s *Store, mine string) error {
			must(t, put(t, "half")(s.filling("data")))
			must(t, os.WriteFile(mine, []byte("precious"), 0o644))
			return s.Fill("data", put(t, "image"), nobody)
		},
		"of a volume that nobody is known to use": func(s *Store, mine string) error {
			return s.Fill("data", func(dir string) error {
				must(t, os.WriteFile(mine, []byte("precious"), 0o644))
				return put(t, "image")(dir)
			}, nobody)
		},
		"of a volume that others use": func(s *Store, mine string) error {
			return s.Fill("data", func(dir string) error {
				must(t, os.WriteFile(mine, []byte("precious"), 0o644))
				return put(t, "image")(dir)
			}, somebody)
		},
		"that fails": func(s *Store, mine string) error {
			s.Fill("data", func(dir string) error {
				must(t, os.WriteFile(mine, []byte("precious"), 0o644))
				return errors.New("broken")
			}, nobody)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			mounted, err := os.Stat(s.Mountpoint("data"))
			must(t, err)
			mine := filepath.Join(s.Mountpoint("data"), "mine")
			must(t, fill(s, mine))
			wantFiles(t, s, "mine")
			if text, err := os.ReadFile(mine); err != nil || string(text) != "precious" {
				t.Errorf("got %q, %v", text, err)
			}
			if now, err := os.Stat(s.Mountpoint("data")); err != nil || !os.SameFile(now, mounted) {
				t.Error("the folder that is mounted is not the volume's any more")
			}
		})
	}
}

func TestAVolumeThatOthersUseIsFilledWhereItIs(t *testing.T) {
	s := newStore(t)
	mounted, err := os.Stat(s.Mountpoint("data"))
	must(t, err)
	must(t, s.Fill("data", put(t, "image"), somebody))
	wantFiles(t, s, "image")
	now, err := os.Stat(s.Mountpoint("data"))
	must(t, err)
	if !os.SameFile(now, mounted) || now.Mode() != os.ModeDir|os.ModeSticky|0o750 {
		t.Errorf("got %v, same folder %t; want the same one with the mode of the image's", now.Mode(), os.SameFile(now, mounted))
	}
}

func TestMergingReplacesNothing(t *testing.T) {
	from, dir := filepath.Join(t.TempDir(), "from"), filepath.Join(t.TempDir(), "dir")
	must(t, put(t, "both")(from))
	must(t, os.WriteFile(filepath.Join(from, "new"), nil, 0o644))
	must(t, os.Mkdir(dir, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "both"), []byte("precious"), 0o644))
	if os.Geteuid() == 0 {
		must(t, os.Chown(from, 12, 34))
	}
	must(t, Merge(from, dir))
	text, err := os.ReadFile(filepath.Join(dir, "both"))
	if got := names(t, dir); err != nil || string(text) != "precious" || got != "both new" {
		t.Errorf("got %q with %q in it, %v", got, text, err)
	}
	var want, got unix.Stat_t
	must(t, errors.Join(unix.Stat(from, &want), unix.Stat(dir, &got)))
	if got.Uid != want.Uid || got.Gid != want.Gid || got.Mode != want.Mode {
		t.Errorf("got %d:%d %o, want %d:%d %o", got.Uid, got.Gid, got.Mode, want.Uid, want.Gid, want.Mode)
	}
}

func TestWhoFillsAVolumeIsAlone(t *testing.T) {
	s := newStore(t)
	var inside atomic.Int32
	fill := func(string) error { // makes nothing: the next one fills it too
		if n := inside.Add(1); n != 1 {
			t.Errorf("%d fill one volume at once", n)
		}
		defer inside.Add(-1)
		dir, err := os.Open(s.of("data"))
		if err != nil {
			return err
		}
		defer dir.Close()
		if err := unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB); !errors.Is(err, unix.EWOULDBLOCK) {
			t.Errorf("locking the volume while it is filled: got %v", err)
		}
		return nil
	}
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for range 20 {
				if err := s.Fill("data", fill, nobody); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}
