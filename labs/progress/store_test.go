package progress

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestMain lets this test binary be the other process of a test.
func TestMain(m *testing.M) {
	switch os.Getenv("PROGRESS_TEST_AS") {
	case "writer":
		os.Exit(beWriter())
	case "full disk":
		os.Exit(beOnFullDisk())
	}
	os.Exit(m.Run())
}

// open returns a store in dir and what it told.
func open(dir string) (*Store, *[]string) {
	var told []string
	return Open(dir, func(line string) { told = append(told, line) }), &told
}

func TestUpdateAndLoad(t *testing.T) {
	s, told := open(filepath.Join(t.TempDir(), "state", "drydock"))
	if state, err := s.Load(); err != nil || len(state.Lessons) > 0 {
		t.Fatalf("before anything: got %+v, %v", state, err)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	err := s.Update(func(s *State) {
		s.Open("pids", 3, now)
		s.Lesson("pids").Lab("pids/reaper").Pass(now)
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	l := got.Lessons["pids"]
	if got.Current != "pids" || l.Step != 3 || !l.Opened.Equal(now) || l.Labs["pids/reaper"].Status != Passed {
		t.Errorf("got %+v", l)
	}
	if len(*told) > 0 {
		t.Errorf("told %q, want nothing", *told)
	}
}

func TestDamagedFileIsKeptAside(t *testing.T) {
	for _, text := range []string{"", "{", `{"version":1,"lessons":[]}`, `[]`, "null", `{"lessons":{}}`} {
		s, told := open(t.TempDir())
		write(t, s.Path(), text)
		if err := s.Update(func(s *State) { s.Current = "pids" }); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		kept, _ := filepath.Glob(s.Path() + ".damaged-*")
		if len(kept) != 1 || read(t, kept[0]) != text {
			t.Errorf("%q: kept %q, want it aside", text, kept)
		}
		if len(*told) != 1 || strings.Contains((*told)[0], "\n") || !strings.Contains((*told)[0], kept[0]) {
			t.Errorf("%q: told %q, want one line that names the file", text, *told)
		}
		if state, err := s.Load(); err != nil || state.Current != "pids" {
			t.Errorf("%q: afterwards got %+v, %v", text, state, err)
		}
	}
}

func TestNewerFileIsLeftAlone(t *testing.T) {
	for _, text := range []string{`{"version":99,"current":"pids"}`, `{"version":99,"lessons":["another shape"]}`} {
		s, told := open(t.TempDir())
		write(t, s.Path(), text)
		err := s.Update(func(s *State) { s.Current = "mounts" })
		if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), "update this one") {
			t.Errorf("got error %v, want ErrNewer", err)
		}
		if _, err := s.Load(); !errors.Is(err, ErrNewer) {
			t.Errorf("loading: got error %v, want ErrNewer", err)
		}
		if got := read(t, s.Path()); got != text || len(*told) > 0 {
			t.Errorf("got file %q and told %q, want it untouched", got, *told)
		}
	}
}

func TestNullEntriesAreNoLoss(t *testing.T) {
	s, _ := open(t.TempDir())
	write(t, s.Path(), `{"version":1,"lessons":{"pids":null,"mounts":{"labs":{"mounts/pivot":null}}}}`)
	err := s.Update(func(s *State) {
		s.Lesson("pids").Step = 2
		s.Lesson("mounts").Lab("mounts/pivot").Attempts++
	})
	if err != nil {
		t.Error(err)
	}
}

// Each of several processes counts one attempt at a time; none may get lost.
func TestParallelWritersLoseNothing(t *testing.T) {
	const writers, each = 8, 20
	dir := t.TempDir()
	var cmds []*exec.Cmd
	for range writers {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "PROGRESS_TEST_AS=writer", "PROGRESS_TEST_DIR="+dir, fmt.Sprintf("PROGRESS_TEST_TIMES=%d", each))
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		cmds = append(cmds, cmd)
	}
	for _, cmd := range cmds {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	s, _ := open(dir)
	state, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	if got := state.Lesson("pids").Lab("pids/reaper").Attempts; got != writers*each {
		t.Errorf("got %d attempts, want %d", got, writers*each)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".progress-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func beWriter() int {
	s := Open(os.Getenv("PROGRESS_TEST_DIR"), func(line string) { fmt.Fprintln(os.Stderr, line) })
	var times int
	fmt.Sscan(os.Getenv("PROGRESS_TEST_TIMES"), &times)
	for range times {
		if err := s.Update(func(s *State) { s.Lesson("pids").Lab("pids/reaper").Attempts++ }); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return 0
}

// A small tmpfs in a mount namespace of its own is a disk that can be filled.
func TestFullDiskKeepsWhatWasSaved(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PROGRESS_TEST_AS=full disk", "PROGRESS_TEST_DIR="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Skipf("no user namespaces here: %v", err)
	}
	if err != nil {
		t.Errorf("on a full disk: %s", out)
	}
}

func beOnFullDisk() int {
	dir := os.Getenv("PROGRESS_TEST_DIR")
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=16k"); err != nil {
		fmt.Println("mounting:", err)
		return 1
	}
	s := Open(dir, func(line string) { fmt.Println(line) })
	if err := s.Update(func(s *State) { s.Current = "pids" }); err != nil {
		fmt.Println("while there is room:", err)
		return 1
	}
	_ = os.WriteFile(filepath.Join(dir, "filler"), make([]byte, 1<<20), 0o600)

	err := s.Update(func(s *State) { s.Current = "mounts" })
	state, loadErr := s.Load()
	left, _ := filepath.Glob(filepath.Join(dir, ".progress-*"))
	if !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), "is full") || loadErr != nil || state.Current != "pids" || len(left) > 0 {
		fmt.Printf("got error %v, then %+v, %v, left %q; want ENOSPC and the state before\n", err, state, loadErr, left)
		return 1
	}
	return 0
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestAPipeInThePlaceOfTheFileIsRefused(t *testing.T) {
	store, _ := open(t.TempDir())
	if err := unix.Mkfifo(store.Path(), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, do := range map[string]func() error{
		"loading":  func() error { _, err := store.Load(); return err },
		"updating": func() error { return store.Update(func(*State) {}) },
	} {
		if err := do(); err == nil || !strings.Contains(err.Error(), "is no file") {
			t.Errorf("%s: got %v", what, err)
		}
	}
}

func TestOddValuesAreMended(t *testing.T) {
	store, _ := open(t.TempDir())
	write(t, store.Path(), `{"version": 1, "lessons": {"pids": {"step": -4, "labs": {"pids/reaper":
		{"status": "bogus", "hints_shown": -1, "attempts": -7}, "pids/other": null}}, "none": null}}`)
	state, err := store.Load()
	if err != nil {
		t.Fatal(err)
	}
	got := *state.Lesson("pids").Lab("pids/reaper")
	if want := (Lab{Status: Started}); !reflect.DeepEqual(got, want) || state.Lesson("pids").Step != 0 {
		t.Errorf("got %+v, step %d; want %+v", got, state.Lesson("pids").Step, want)
	}
}
