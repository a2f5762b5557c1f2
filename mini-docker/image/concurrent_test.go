package image

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"drydock/mini-docker/layer"
	"drydock/testscripts/wait"

	"golang.org/x/sys/unix"
)

// startVariable makes the test binary one of several processes that start at
// once on a fresh store, the directory it names.
const startVariable = "IMAGE_TEST_STORE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(startVariable); dir != "" {
		os.Exit(firstStart(dir))
	}
	os.Exit(m.Run())
}

// firstStart does what `run` does before it makes a container.
func firstStart(dir string) int {
	s, err := Open(dir)
	if err == nil {
		s.base = func() baseLayer {
			return baseLayer{stamp: "1", packed: func() ([]byte, bool) {
				packed, err := os.ReadFile(filepath.Join(filepath.Dir(dir), "base.tar.gz"))
				return packed, err == nil
			}}
		}
		err = s.EnsureBase(context.Background())
	}
	if err == nil {
		var image *Image
		if image, err = s.Get(BaseName); err == nil {
			_, err = s.Layers(context.Background(), image)
		}
	}
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		return 1
	}
	return 0
}

func TestProcessesThatStartAtOnceAllFindTheBase(t *testing.T) {
	parent := t.TempDir()
	packed := gzippedTar(t, map[string]string{"bin/sh": "#!shell", "etc/passwd": "root"})
	if err := os.WriteFile(filepath.Join(parent, "base.tar.gz"), packed, 0o644); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(parent, "store")
	processes := make([]*exec.Cmd, 8)
	for i := range processes {
		processes[i] = start(t, dir)
	}
	for i, p := range processes {
		if err := p.Wait(); err != nil {
			t.Errorf("process %d: %v", i, err)
		}
	}
	s := storeWith(t, dir, nil)
	images, err := s.List()
	if err != nil || len(images) != 1 || len(images[0].Names) != 1 {
		t.Errorf("List = %v, %v; want one image with one name", images, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", layer.PartialPrefix+"*")); len(left) > 0 {
		t.Errorf("left behind %q", left)
	}
}

// start runs firstStart in a process of its own.
func start(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	process := exec.Command("/proc/self/exe")
	process.Env = append(os.Environ(), startVariable+"="+dir)
	process.Stderr = os.Stderr
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	return process
}

func TestAKilledFirstStartIsMendedByTheNext(t *testing.T) {
	parent := t.TempDir()
	content := make([]byte, 8<<20)
	rand.NewChaCha8([32]byte{}).Read(content)
	packed := gzippedTar(t, map[string]string{"a": string(content), "b": "last"})
	if err := os.WriteFile(filepath.Join(parent, "base.tar.gz"), packed, 0o644); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(parent, "store")
	process := start(t, dir)
	// Its half unpacked layer is the fact to wait for.
	deadline := time.Now().Add(wait.Deadline)
	for time.Now().Before(deadline) {
		if found, _ := filepath.Glob(filepath.Join(dir, "layers", layer.PartialPrefix+"*")); len(found) > 0 {
			break
		}
	}
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := process.Wait(); err == nil {
		t.Log("the process was faster than the signal")
	}
	if status := firstStart(dir); status != 0 {
		t.Fatalf("the next start ends with %d", status)
	}
	s := storeWith(t, dir, nil)
	image, err := s.Get(BaseName)
	if err != nil {
		t.Fatal(err)
	}
	dirs, err := s.Layers(t.Context(), image)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dirs[0], "a")); !bytes.Equal(got, content) {
		t.Errorf("a has %d bytes, %v; want %d", len(got), err, len(content))
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", layer.PartialPrefix+"*")); len(left) > 0 {
		t.Errorf("left behind %q", left)
	}
}

func TestWaitingForTheLockEndsWithTheContext(t *testing.T) {
	s := storeWith(t, t.TempDir(), map[string]string{"a": "1"})
	err := s.locked(t.Context(), func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Millisecond)
		defer cancel()
		started := time.Now()
		err := s.EnsureBase(ctx)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("EnsureBase under another's lock = %v after %v, want DeadlineExceeded", err, time.Since(started))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatADeadWriterLeftIsRemoved(t *testing.T) {
	s := storeWith(t, t.TempDir(), map[string]string{"a": "1"})
	half := []string{
		filepath.Join(s.layersDir(), layer.PartialPrefix+"123", "bin"),
		filepath.Join(s.blobsDir(), layer.PartialPrefix+"456"),
		filepath.Join(s.layersDir(), layer.PartialPrefix+"base"),
		filepath.Join(s.layersDir(), layer.PartialPrefix+"stamp"),
	}
	for _, dir := range half {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.EnsureBase(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, dir := range half {
		if _, err := os.Lstat(dir); err == nil {
			t.Errorf("%s is still there", dir)
		}
	}
}

func TestLayersAreOutOfReachForOthers(t *testing.T) {
	s := storeWith(t, t.TempDir(), map[string]string{"a": "1"})
	if err := s.EnsureBase(t.Context()); err != nil {
		t.Fatal(err)
	}
	var st unix.Stat_t
	if err := unix.Stat(s.layersDir(), &st); err != nil || st.Mode&0o777 != 0o700 {
		t.Errorf("mode of layers = %o, %v; want 700", st.Mode&0o777, err)
	}
}
