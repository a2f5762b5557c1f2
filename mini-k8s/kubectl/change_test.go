package kubectl

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// silent is a terminal at which nobody types.
type silent struct{ asked int }

func (s *silent) Read([]byte) (int, error) { s.asked++; return 0, errors.New("nobody types") }

func TestManifestsOfFilesAreReadFromThemAlone(t *testing.T) {
	const manifest = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"web"}}`
	dir := t.TempDir()
	file := filepath.Join(dir, "web.json")
	if err := os.WriteFile(file, []byte(manifest), 0o644); err != nil {
		t.Fatal(err)
	}
	terminal := &silent{}
	k := &Kubectl{In: terminal, Namespace: "default", Out: io.Discard}
	for _, name := range []string{file, dir} {
		objects, err := k.Manifests([]string{name})
		if err != nil || len(objects) != 1 || terminal.asked != 0 {
			t.Errorf("%s: got %d objects and error %v, and the terminal was read %d times", name, len(objects), err, terminal.asked)
		}
	}
	if _, err := k.Manifests([]string{"-"}); err == nil {
		t.Error("- reads nothing of what is typed")
	}
}
