// Package crash ends mini-docker at moments that nobody chooses, while it pulls,
// builds, loads and prunes images, and looks at what is left:
//
//	go test ./testscripts/crash -points 10000         killed with kill -9
//	go run ./testscripts/vm -cuts 100 ./testscripts/crash   the machine without power
//
// `make test-crash` does both. Each says the seed that its moments come from, and
// -seed repeats them. A kill leaves to the disk whatever the kernel was told; only
// where the power goes does it matter what had to be written before what.
package crash

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Store is a store of images, and the program that works on it.
type Store struct{ Program, Root string }

// Command is one of mini-docker's. What it builds is the same image each time.
func (s Store) Command(args ...string) *exec.Cmd {
	cmd := exec.Command(s.Program, append([]string{"--root", s.Root}, args...)...)
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1")
	return cmd
}

// Run runs a command to its end and returns what it says.
func (s Store) Run(t testing.TB, args ...string) string {
	t.Helper()
	text, err := s.Command(args...).CombinedOutput()
	if err != nil {
		t.Fatalf("mini-docker %s: %v\n%s", strings.Join(args, " "), err, text)
	}
	return string(text)
}

// Files lists the store, but for what is written when it comes to be.
func (s Store) Files(t testing.TB) []string {
	t.Helper()
	var all []string
	for _, dir := range []string{"oci", "layers", "incoming"} {
		err := filepath.WalkDir(filepath.Join(s.Root, dir), func(path string, _ fs.DirEntry, err error) error {
			all = append(all, strings.TrimPrefix(path, s.Root))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}
