// Package peers holds the engine's images against other people's programs:
// docker, podman, skopeo, BuildKit, and the Debian that debootstrap makes. `make
// test-peers` runs it; a plain `go test` skips it, since it takes minutes and a mirror.
//
// What others keep (their stores, sockets, mounts) stands in a folder and in
// namespaces of the test's own. A program that is not installed skips its test by
// name.
package peers

import (
	"cmp"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var wanted = flag.Bool("peers", false, "run the tests against docker, podman, skopeo and debootstrap")

// need skips a test where one of the programs is not installed.
func need(t *testing.T, programs ...string) {
	t.Helper()
	if !*wanted {
		t.Skip("takes long, and needs docker, podman, skopeo and debootstrap: `make test-peers` runs it")
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root: dockerd and debootstrap do")
	}
	for _, each := range programs {
		if _, err := exec.LookPath(each); err != nil {
			t.Skipf("%s is not installed here", each)
		}
	}
}

// openDir makes a folder that every user of the machine may look into, which the
// ones that a test gets are not.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "peers-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// bin is the folder with the programs that are tested, as in package testscripts.
func bin(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(cmp.Or(os.Getenv("DRYDOCK_BIN"), filepath.Join("..", "..", "bin")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "mini-docker")); err != nil {
		t.Fatalf("%v: `make build` first", err)
	}
	return dir
}

// run runs a command and returns what it printed. What it complained of is the
// test's failure.
func run(t *testing.T, command *exec.Cmd) string {
	t.Helper()
	var complaint strings.Builder
	command.Stderr = &complaint
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(command.Args, " "), err, output, complaint.String())
	}
	return string(output)
}

// miniDocker returns how mini-docker is called with a store of the test's own.
func miniDocker(t *testing.T) func(args ...string) *exec.Cmd {
	t.Helper()
	program, root := filepath.Join(bin(t), "mini-docker"), filepath.Join(t.TempDir(), "root")
	return func(args ...string) *exec.Cmd {
		return exec.Command(program, append([]string{"--root", root}, args...)...)
	}
}

// idOf is the ID of an image, which some engines print without its algorithm.
func idOf(t *testing.T, call func(args ...string) *exec.Cmd, name string) string {
	t.Helper()
	return strings.TrimPrefix(strings.TrimSpace(run(t, call("image", "inspect", "--format", "{{.Id}}", name))), "sha256:")
}

// write writes a file, and the folder it is in.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}
