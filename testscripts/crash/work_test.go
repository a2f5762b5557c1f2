package crash

import (
	"bufio"
	"cmp"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"drydock/testscripts/wait"
)

var (
	points = flag.Int("points", 24, "how many moments are tried")
	seed   = flag.Uint64("seed", 0, "what the moments come from; 0 takes the time")
)

// moments are what a test draws its moments from. It says how to draw them again.
func moments(t *testing.T) *rand.Rand {
	from := cmp.Or(*seed, uint64(time.Now().UnixNano()))
	t.Logf("to repeat: -points %d -seed %d", *points, from)
	return rand.New(rand.NewPCG(from, 0))
}

// program is the mini-docker that is tried, as in package testscripts.
func program(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(cmp.Or(os.Getenv("DRYDOCK_BIN"), "../../bin"), "mini-docker"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v: `make build` first", err)
	}
	return path
}

// work is what a store is busy with: verbs that add images, and verbs that remove
// them.
type work struct{ add, remove [][]string }

// newWork makes an archive, a registry and a build context, which stand in dir.
func newWork(t *testing.T, dir string) work {
	from := Store{program(t), filepath.Join(dir, "from")}
	context, archive := filepath.Join(dir, "context"), filepath.Join(dir, "archive.tar")
	if err := os.Mkdir(context, 0o755); err != nil {
		t.Fatal(err)
	}
	const size = 1 << 19 // bytes of a file
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(context, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	build := func(of, tag string) {
		write("big", strings.Repeat(of, size/len(of)))
		from.Run(t, "build", "-q", "-t", tag, context)
	}
	write("Dockerfile", "FROM mini/box\nCOPY big /big\nCOPY big /bigger\n")
	at := serve(t, from)
	build("0123456789abcde\n", at+"/pulled")
	build("fedcba9876543210", "loaded")
	from.Run(t, "push", "-q", at+"/pulled")
	from.Run(t, "save", "-o", archive, "loaded")
	write("big", strings.Repeat("built once more\n", size/16))
	write("Dockerfile", "FROM mini/box AS base\nRUN echo made >/made\nFROM base\nCOPY big /big\nCOPY --from=base /made /twice\n")
	return work{
		add: [][]string{
			{"load", "-q", "-i", archive}, {"pull", "-q", at + "/pulled"},
			{"build", "-q", "--network", "none", "-t", "built", context},
		},
		remove: [][]string{{"image", "prune", "-a", "-f"}, {"builder", "prune", "-f"}},
	}
}

func (w work) all() [][]string { return slices.Concat(w.add, w.remove) }

// settled makes a store hold what it holds after all of the work, whatever it held
// before, and shows that what was built runs.
func (w work) settled(t *testing.T, s Store) []string {
	t.Helper()
	for _, verb := range slices.Concat(w.remove, w.add) {
		s.Run(t, verb...)
	}
	if left := s.Run(t, "ps", "-a", "-q"); left != "" {
		t.Errorf("a build that is over has left containers: %s", left)
	}
	if got := s.Run(t, "run", "--rm", "--net", "none", "built", "cat", "/twice"); got != "made\n" {
		t.Errorf("what was built says %q", got)
	}
	return s.Files(t)
}

// serve starts a registry for the time of a test and returns where it is.
func serve(t *testing.T, s Store) string {
	t.Helper()
	registry := s.Command("registry", "--listen", "127.0.0.1:0")
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
		text, _ := bufio.NewReader(said).ReadString('\n')
		line <- text
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
