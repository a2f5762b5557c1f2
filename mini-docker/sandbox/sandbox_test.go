package sandbox

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// makeBase makes a base of the test binary's programs.
func makeBase(t testing.TB) string {
	t.Helper()
	base := t.TempDir()
	bin := filepath.Join(base, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "programs"), self, 0o755); err != nil {
		t.Fatal(err)
	}
	for name := range programs() {
		if err := os.Symlink("programs", filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	return base
}

// start starts a sandbox for the test.
func start(t testing.TB, s Spec) *Sandbox {
	t.Helper()
	if s.Base == "" {
		s.Base = makeBase(t)
	}
	box, err := Start(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	return box
}

// output runs a command inside and returns all that it printed, and its status.
func output(t testing.TB, box *Sandbox, args ...string) (string, int) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	read := make(chan []byte)
	go func() {
		text, _ := io.ReadAll(r)
		read <- text
	}()
	exit, err := box.Exec(context.Background(), Command{Args: args, Stdout: w, Stderr: w})
	w.Close()
	text := string(bytes.TrimSpace(<-read))
	if err != nil {
		t.Errorf("%s: %v", strings.Join(args, " "), err)
	}
	return text, exit
}

// each runs the test as root without and with a user namespace, or as whatever
// user runs the tests.
func each(t *testing.T, test func(t *testing.T, s Spec)) {
	if os.Geteuid() == 0 {
		t.Run("root", func(t *testing.T) { test(t, Spec{Cgroups: true, Scratch: t.TempDir()}) })
	}
	t.Run("user", func(t *testing.T) { test(t, Spec{Cgroups: true, DropToUser: true, Scratch: t.TempDir()}) })
}

func TestCommandRunsInsideAsRoot(t *testing.T) {
	each(t, func(t *testing.T, s Spec) {
		box := start(t, s)
		if len(box.Refused) > 0 {
			t.Log("refused:", box.Refused)
		}
		want(t, box, "drydock", "hostname")
		want(t, box, "/", "pwd")
		want(t, box, "sandbox-init", "cat", "/proc/1/comm")
		env, _ := output(t, box, "env")
		for _, entry := range []string{"MINI_DOCKER_ROOT=/var/lib/mini-docker", "HOME=/root"} {
			if !strings.Contains(env, entry) {
				t.Errorf("environment: got %q, want %s in it", env, entry)
			}
		}
		if _, exit := output(t, box, "exit", "7"); exit != 7 {
			t.Errorf("exit 7: got %d", exit)
		}
	})
}

// Containers need to mount their own /proc and their overlays, also those that
// have a user namespace of their own.
func TestContainersCanBeMadeInside(t *testing.T) {
	each(t, func(t *testing.T, s Spec) {
		box := start(t, s)
		for _, kind := range []string{"plain", "user"} {
			want(t, box, "", "again", kind, "/bin/mount", "proc", "/proc", "")
			want(t, box, "", "again", kind, "/bin/mount", "sysfs", "/mnt", "ro")
		}
		for _, dir := range []string{"lower/dir", "upper", "work", "merged"} {
			want(t, box, "", "mkdir", StateDir+"/"+dir)
		}
		want(t, box, "", "write", StateDir+"/lower/file", "below")
		options := "lowerdir=lower,upperdir=upper,workdir=work"
		options = strings.ReplaceAll(options, "=", "="+StateDir+"/")
		options += ",userxattr"
		want(t, box, "", "mount", "overlay", StateDir+"/merged", options)
		want(t, box, "below", "cat", StateDir+"/merged/file")
		want(t, box, "", "remove", StateDir+"/merged/file") // leaves a whiteout in upper
		want(t, box, "", "write", StateDir+"/merged/file", "above")
		want(t, box, "above", "cat", StateDir+"/upper/file")
		want(t, box, "", "remove", StateDir+"/merged/dir")
		want(t, box, "", "mkdir", StateDir+"/merged/dir") // marked opaque in upper
		want(t, box, "below", "cat", StateDir+"/lower/file")
	})
}

// want runs a command that must succeed with the given output.
func want(t *testing.T, box *Sandbox, text string, args ...string) {
	t.Helper()
	if got, exit := output(t, box, args...); got != text || exit != 0 {
		t.Errorf("%s: got %q, %d, want %q, 0", strings.Join(args, " "), got, exit, text)
	}
}

func BenchmarkStart(b *testing.B) {
	base := makeBase(b)
	for name, s := range map[string]Spec{
		"root": {}, "root with cgroups": {Cgroups: true}, "user": {DropToUser: true},
	} {
		s.Base = base
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				box, err := Start(b.Context(), s)
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				box.Close()
				b.StartTimer()
			}
		})
	}
}
