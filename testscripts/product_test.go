package testscripts

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"drydock/testscripts/wait"
)

var update = flag.Bool("update", false, "rewrite the scripts' files with what is compared with them")

// TestProduct runs every script in a sandbox of its own: as root with the
// sandbox that root gets and with the one that an ordinary user gets, and as
// an ordinary user with theirs. Scripts of labs are for `drydock verify`.
func TestProduct(t *testing.T) {
	names, err := Names()
	if err != nil {
		t.Fatal(err)
	}
	drydock, cache := programs(t)
	worlds := map[string][]string{"user": {"sandbox", "--as-user", "--"}}
	if os.Geteuid() == 0 {
		worlds["root"] = []string{"sandbox", "--"}
	}
	for world, verb := range worlds {
		t.Run(world, func(t *testing.T) {
			for _, name := range names {
				isLoad := strings.HasPrefix(name, "load_")
				if strings.HasPrefix(name, "lab_") || isLoad && world == "user" && len(worlds) > 1 {
					continue // a load takes long: once is enough
				}
				t.Run(name, func(t *testing.T) {
					if isLoad && testing.Short() {
						t.Skip("-short: in a machine that is emulated a load takes longer than all else")
					}
					patience := scriptTime
					if isLoad {
						patience *= 4 // and alone: the others would not get their turn
					} else {
						t.Parallel()
					}
					start := func(ctx context.Context, in, out *os.File) error {
						cmd := exec.CommandContext(ctx, drydock, append(verb, "drydock", "internal-script")...)
						cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+cache)
						return runQuietly(cmd, in, out)
					}
					check(t, start, name, patience)
				})
			}
		})
	}
}

// scriptTime is what a script may take, on a slow machine.
const scriptTime = 3 * wait.Deadline

// check runs a script through start and reports it as a test.
func check(t *testing.T, start Start, name string, patience time.Duration) {
	s, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	r, err := RunRemote(ctx, start, s, Options{Timeout: patience, Update: *update, Patient: true})
	if err != nil {
		t.Fatal(err)
	}
	if r.Updated != "" {
		if err := os.WriteFile(name+".txtar", []byte(r.Updated), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	switch {
	case r.Skipped != "":
		t.Skip(r.Skipped)
	case !r.Passed():
		t.Errorf("%s\n%s", r.Broken, r.Log)
	}
}

// runQuietly runs a command and makes what it says on standard error part of
// the error.
func runQuietly(cmd *exec.Cmd, in, out *os.File) error {
	var said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(said.String()))
	}
	return nil
}

// build makes the programs, once for all tests, unless DRYDOCK_BIN names a
// folder that has them: a machine for tests has no compiler.
var build = sync.OnceValue(func() error {
	if os.Getenv("DRYDOCK_BIN") != "" {
		return nil
	}
	cmd := exec.Command("make", "-s", "build")
	cmd.Dir = ".."
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make build: %w\n%s", err, text)
	}
	return nil
})

// programs builds drydock and mini-docker and puts copies of them where every
// user may look, which a checkout in somebody's home need not be. It returns
// the path of drydock and a directory for its cache.
func programs(t *testing.T) (drydock, cache string) {
	t.Helper()
	if err := build(); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "testscripts-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	bin := cmp.Or(os.Getenv("DRYDOCK_BIN"), filepath.Join("..", "bin"))
	for _, name := range []string{"drydock", "mini-docker"} {
		if err := copyProgram(filepath.Join(bin, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "drydock"), filepath.Join(dir, "cache")
}

func copyProgram(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
