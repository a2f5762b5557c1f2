package testscripts

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"drydock/testscripts/wait"
)

// imageStore is a store that commands are run on.
type imageStore struct{ program, root string }

func (s imageStore) command(args ...string) *exec.Cmd {
	cmd := exec.Command(s.program, append([]string{"--root", s.root}, args...)...)
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1") // what is built is the same image each time
	return cmd
}

func (s imageStore) run(t *testing.T, args ...string) string {
	t.Helper()
	text, err := s.command(args...).CombinedOutput()
	if err != nil {
		t.Fatalf("mini-docker %s: %v\n%s", strings.Join(args, " "), err, text)
	}
	return string(text)
}

// files lists the store, but for what is written when it comes to be.
func (s imageStore) files(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, dir := range []string{"oci", "layers", "incoming"} {
		err := filepath.WalkDir(filepath.Join(s.root, dir), func(path string, _ fs.DirEntry, err error) error {
			all = append(all, strings.TrimPrefix(path, s.root))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// Whatever is killed while it adds an image, the store holds whole images alone,
// and once the same has been added in peace it is what it had been without.
func TestAStoreOfImagesSurvivesKills(t *testing.T) {
	drydock, _ := programs(t)
	program := filepath.Join(filepath.Dir(drydock), "mini-docker")
	dir := t.TempDir()
	from := imageStore{program, filepath.Join(dir, "from")}
	context := filepath.Join(dir, "context")
	if err := os.Mkdir(context, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(context, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("big", strings.Repeat("0123456789abcde\n", 1<<18)) // 4 MB
	write("Dockerfile", "FROM mini/box\nCOPY big /big\nCOPY big /bigger\n")
	at := serveImages(t, from)
	archive := filepath.Join(dir, "archive.tar")
	from.run(t, "build", "-q", "-t", at+"/pulled", context)
	write("big", strings.Repeat("fedcba9876543210", 1<<18))
	from.run(t, "build", "-q", "-t", "loaded", context)
	from.run(t, "push", "-q", at+"/pulled")
	from.run(t, "save", "-o", archive, "loaded")
	write("big", strings.Repeat("built", 1<<20))

	verbs := [][]string{{"load", "-i", archive}, {"pull", at + "/pulled"}, {"build", "-q", "-t", "built", context}}
	killed, calm := imageStore{program, filepath.Join(dir, "killed")}, imageStore{program, filepath.Join(dir, "calm")}
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for _, verb := range verbs {
		begun := time.Now()
		calm.run(t, verb...)
		took := time.Since(begun)
		for range kills() {
			cmd := killed.command(verb...)
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(random.Int64N(int64(took)))) // any moment will do
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			cmd.Wait()
			// Saving reads every blob, and compares it with its digest.
			for _, id := range strings.Fields(killed.run(t, "images", "-q", "--no-trunc")) {
				killed.run(t, "save", "-o", os.DevNull, id)
			}
		}
	}
	for _, verb := range verbs {
		killed.run(t, verb...)
	}
	if got, want := killed.files(t), calm.files(t); !slices.Equal(got, want) {
		t.Errorf("after the kills the store holds\n%s\nand without them\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// serveImages starts a registry for the time of a test and returns where it is.
func serveImages(t *testing.T, s imageStore) string {
	t.Helper()
	registry := s.command("registry", "--listen", "127.0.0.1:0")
	said, err := registry.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := registry.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		registry.Process.Kill()
		registry.Wait()
	})
	line := make(chan string, 1)
	go func() {
		buffer := make([]byte, 256)
		n, _ := said.Read(buffer)
		line <- string(buffer[:n])
	}()
	select {
	case text := <-line:
		at, ok := strings.CutPrefix(strings.TrimSpace(text), "Listening on ")
		if !ok {
			t.Fatalf("the registry says %q", text)
		}
		return at
	case <-time.After(wait.Deadline):
		t.Fatal("the registry does not say where it listens")
		return ""
	}
}
