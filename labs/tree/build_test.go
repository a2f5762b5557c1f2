package tree

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"
)

func TestBuildMakesAProgramOffline(t *testing.T) {
	fsys := reference(t)
	fsys["mini-docker/root/new.go"] = &fstest.MapFile{Data: []byte("package root\n\nconst now = " + strconv.FormatInt(time.Now().UnixNano(), 10))}
	c := config(t, fsys)
	compiled := []string{}
	c.Compiled = func(pkg string) { compiled = append(compiled, pkg) }
	tree, _ := open(t, c)
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOFLAGS", "-mod=vendor") // of the learner's own: must not matter
	out := filepath.Join(t.TempDir(), "bin/mini-docker")
	if err := tree.Build(t.Context(), "./cmd/mini-docker", out); err != nil {
		t.Fatal(err)
	}
	got, err := exec.Command(out).Output()
	if err != nil || string(got) != "<nil> <nil>\n" {
		t.Errorf("the program: got %q, %v", got, err)
	}
	if got := strings.Join(compiled, " "); got != "drydock/mini-docker/root drydock/cmd/mini-docker" {
		t.Errorf("told of the packages %q, want those that were not compiled before", got)
	}
}

func TestBuildTestMakesAProgramOfAPackagesTests(t *testing.T) {
	fsys := reference(t)
	fsys["mini-docker/root/root_test.go"] = &fstest.MapFile{Data: []byte("package root\n\n" +
		"import \"testing\"\n\nfunc TestOne(t *testing.T) { t.Error(\"not so\") }\n")}
	tree, _ := open(t, config(t, fsys))
	out := filepath.Join(t.TempDir(), "root.test")
	if err := tree.BuildTest(t.Context(), "./mini-docker/root", out); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(out, "-test.run", "^TestOne$").CombinedOutput()
	if err == nil {
		t.Error("the test program passed, want it to fail")
	}
	mustContain(t, "the test program", string(text), "not so")
}

func TestBuildReturnsTheCompilersLinesInTheLearnersFile(t *testing.T) {
	c := config(t, reference(t))
	c.Compiled = func(string) {}
	tree := begin(t, c)
	answer(t, tree, "x := undefinedName\n\treturn 7")
	out := filepath.Join(t.TempDir(), "out")
	if err := os.WriteFile(out, []byte("old"), 0o755); err != nil {
		t.Fatal(err)
	}
	err := tree.Build(t.Context(), "./cmd/mini-docker", out)
	var failed *BuildError
	if !errors.As(err, &failed) || len(failed.Lines) < 2 {
		t.Fatalf("got %v, want a BuildError with lines", err)
	}
	for _, l := range failed.Lines {
		text := strings.Split(read(t, tree, root), "\n")
		if l.File != root || l.Row < 1 || l.Row > len(text) || l.Col == 0 {
			t.Errorf("got %+v, want a place in %s", l, root)
		}
	}
	mustContain(t, "error", err.Error(), root+":", "undefined: undefinedName")
	if old, _ := os.ReadFile(out); string(old) != "old" {
		t.Error("the program built before is gone")
	}
}

func TestBuildSaysWhatIsMissing(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, tree *Tree)
		is      func(error) bool
	}{
		{"no Go", func(t *testing.T, _ *Tree) { t.Setenv("PATH", t.TempDir()) },
			func(err error) bool { return errors.Is(err, ErrNoGo) }},
		{"no tree", func(t *testing.T, tree *Tree) {
			if err := os.RemoveAll(tree.Dir()); err != nil {
				t.Fatal(err)
			}
			if err := tree.Save(t.Context()); !errors.Is(err, ErrIncomplete) {
				t.Errorf("save: got %v, want ErrIncomplete", err)
			}
		}, func(err error) bool { return errors.Is(err, ErrIncomplete) }},
		{"Go too old", func(t *testing.T, tree *Tree) {
			write(t, tree, "go.mod", strings.Replace(read(t, tree, "go.mod"), "\ngo 1.26.", "\ngo 1.99.", 1))
		}, func(err error) bool {
			var old *GoVersionError
			return errors.As(err, &old) && strings.HasPrefix(old.Need, "1.99.") && strings.HasPrefix(old.Have, "1.")
		}},
		{"no modules", func(t *testing.T, _ *Tree) {
			t.Setenv("GOPROXY", "off")
			t.Setenv("GOMODCACHE", t.TempDir())
		}, func(err error) bool { return errors.Is(err, ErrNoModules) }},
		{"a file that does not parse", func(t *testing.T, tree *Tree) { write(t, tree, root, "package root\n\nfunc (") },
			func(err error) bool {
				var failed *BuildError
				return errors.As(err, &failed) && len(failed.Lines) > 0 && failed.Lines[0].File == root && failed.Lines[0].Row == 3
			}},
		{"an import that nobody has", func(t *testing.T, tree *Tree) {
			write(t, tree, root, "package root\n\nimport _ \"example.com/none\"\n")
		}, func(err error) bool {
			var failed *BuildError
			return errors.As(err, &failed) && len(failed.Lines) == 1 && failed.Lines[0].File == root
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tree, _ := open(t, config(t, reference(t)))
			c.prepare(t, tree)
			err := tree.Build(t.Context(), "./cmd/mini-docker", filepath.Join(t.TempDir(), "out"))
			if err == nil || !c.is(err) {
				t.Errorf("got %T %v", err, err)
			}
		})
	}
}

func TestBuildEndsWithItsContext(t *testing.T) {
	tree, _ := open(t, config(t, reference(t)))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tree.Build(ctx, "./cmd/mini-docker", filepath.Join(t.TempDir(), "out")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
}

// The test starts itself again in a mount namespace of its own, where a small
// tmpfs can be mounted without the host seeing it.
func TestAFullDiskLosesNothing(t *testing.T) {
	dir := os.Getenv(smallDisk)
	if dir == "" {
		inOwnNamespace(t)
		return
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=512k"); err != nil {
		t.Fatal(err)
	}
	c := config(t, reference(t))
	c.Dir, c.Work = filepath.Join(dir, "drydock"), filepath.Join(dir, "data")
	t.Setenv("PATH", "") // git would fill the disk
	tree := begin(t, c)
	answer(t, tree, "return errNone")
	if err := tree.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	stored, want := mustRead(t, tree.recordPath()), read(t, tree, root)
	fill(t, filepath.Join(dir, "filler"))
	if _, err := tree.Reset(t.Context(), "mounts/pivot"); !errors.Is(err, ErrDiskFull) {
		t.Errorf("reset: got %v, want ErrDiskFull", err)
	}
	if got := read(t, tree, root); got != want {
		t.Errorf("the learner's file: got\n%s\nwant\n%s", got, want)
	}
	if got := mustRead(t, tree.recordPath()); got != stored {
		t.Error("the record has changed")
	}
	if _, _, err := Open(t.Context(), newer(t, c, "more.txt", strings.Repeat("x", 1<<16))); !errors.Is(err, ErrDiskFull) {
		t.Errorf("upgrade: got %v, want ErrDiskFull", err)
	}
	if err := os.Remove(filepath.Join(dir, "filler")); err != nil {
		t.Fatal(err)
	}
	tree, _ = open(t, newer(t, c, "more.txt", "more"))
	if got := read(t, tree, root); got != want {
		t.Errorf("with space again: got\n%s\nwant\n%s", got, want)
	}
}

// smallDisk names the folder to mount on, in the test that started itself.
const smallDisk = "DRYDOCK_TEST_SMALL_DISK"

// inOwnNamespace runs the calling test in a process of its own.
func inOwnNamespace(t *testing.T) {
	t.Helper()
	self := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	self.Env = append(os.Environ(), smallDisk+"="+t.TempDir())
	self.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := self.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Skipf("no user namespaces: %v", err)
	}
	if err != nil || !strings.Contains(string(out), "--- PASS") {
		t.Errorf("in a small file system: %v\n%s", err, out)
	}
}

// fill writes a file until the disk is full.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}

func mustRead(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
