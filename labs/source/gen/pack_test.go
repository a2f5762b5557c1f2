package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"drydock/labs/source"
)

// module writes a small module and returns its folder.
func module(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range map[string]string{
		"go.mod":                             "module drydock\n",
		".gitignore":                         "/bin/\n",
		"README.md":                          "not wanted",
		"bin/drydock":                        "not wanted",
		"cmd/box/main.go":                    "package main\n",
		"cmd/box/main.go.part":               "not wanted",
		"labs/source/embedded/README.md":     "wanted",
		"labs/source/embedded/source.tar.gz": "not wanted",
		"mini-docker/image/base/embedded/.gitignore":  "base.*\n",
		"mini-docker/image/base/embedded/base.tar.gz": "\x1f\x8b\x00-- go.mod --\n",
		"lessons/01-processes/lesson.md":              "-- go.mod --\n",
		"labs/01-processes/parent.txtar":              "id: processes/parent\nkind: do\n-- setup.sh --\n",
		"labs/01-processes/maker.txtar":               "id: processes/maker\nkind: fix\n-- fault/one/solution.sh --\n",
	} {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// t0 is some other time.
var t0 = time.Unix(1, 0)

var want = []string{
	".gitignore",
	"cmd/box/main.go",
	"go.mod",
	"labs/01-processes/parent.txtar",
	"labs/source/embedded/README.md",
	"lessons/01-processes/lesson.md",
	"mini-docker/image/base/embedded/.gitignore",
	"mini-docker/image/base/embedded/base.tar.gz",
}

func TestListTakesWhatATreeNeeds(t *testing.T) {
	root := module(t)
	got, err := list(root)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("without git: got %q, %v, want %q", got, err, want)
	}
	if out, err := exec.Command("git", "-C", root, "init", "-q").CombinedOutput(); err != nil {
		t.Skipf("no git: %v %s", err, out)
	}
	got, err = list(root)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("with git: got %q, %v, want %q", got, err, want)
	}
}

func TestPackedSourceReadsBackAndIsTheSameEachTime(t *testing.T) {
	root := module(t)
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := pack(out, root, want); err != nil {
			t.Fatal(err)
		}
		// Times must not matter.
		if err := os.Chtimes(filepath.Join(root, "go.mod"), t0, t0); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("packed twice: got different bytes")
	}
	fsys := source.Unpacked(first.Bytes())
	for _, name := range want {
		got, err := fs.ReadFile(fsys, name)
		if err != nil {
			t.Fatal(err)
		}
		original, err := os.ReadFile(filepath.Join(root, name))
		if err != nil || !bytes.Equal(got, original) {
			t.Errorf("%s: got %q, want %q", name, got, original)
		}
	}
}

func TestADamagedArchiveSaysSo(t *testing.T) {
	var packed bytes.Buffer
	if err := pack(&packed, module(t), want); err != nil {
		t.Fatal(err)
	}
	for _, damaged := range [][]byte{nil, []byte("not gzip"), packed.Bytes()[:packed.Len()/2]} {
		if _, err := fs.ReadFile(source.Unpacked(damaged), "go.mod"); err == nil {
			t.Errorf("%d bytes of %d: got no error", len(damaged), packed.Len())
		}
	}
}
